"""jane, and a smarthost that does what it is told. What is deferred is not tried again by itself within a test."""

import unittest

from harness import Gateway
from sink import Sink


class SmarthostCase(unittest.TestCase):
    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.gateway = Gateway(["boss:admin", "jane"], smarthost=self.sink.address,
                               limits={"retry_first": "1h", "retry_most": "2h"}).start()
        self.addCleanup(self.gateway.stop)
