// mail/init.h - starts GMime, once.
#pragma once

namespace mc::mail {

// Called by every function of this folder that needs it; calling it first from main saves the
// first message the time. Any thread, any number of times.
void init();

}  // namespace mc::mail
