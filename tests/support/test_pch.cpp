// Gives the tests' precompiled header a file to be made with.
