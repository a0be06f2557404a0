#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A filter on python3-milter that does nothing, at the steps that crmrelay takes part in: null_milter.py PATH"""
import sys

import Milter


class Nothing(Milter.Base):
    @Milter.noreply
    def connect(self, hostname, family, hostaddr):
        return Milter.CONTINUE

    def envfrom(self, sender, *parameters):
        return Milter.CONTINUE

    @Milter.noreply
    def envrcpt(self, recipient, *parameters):
        return Milter.CONTINUE

    def data(self):
        return Milter.CONTINUE

    @Milter.noreply
    def header(self, name, value):
        return Milter.CONTINUE

    @Milter.noreply
    def eoh(self):
        return Milter.CONTINUE

    def eom(self):
        return Milter.CONTINUE


if __name__ == "__main__":
    Milter.factory = Nothing
    Milter.set_flags(Milter.CHGFROM)
    Milter.runmilter("null", sys.argv[1], 60)
