# CRMRELAY_GMIME: GMime, an oracle of the tests alone (tests/bounce/gmime_test.cc); without it that test says so and is skipped.
AC_DEFUN([CRMRELAY_GMIME], [
  PKG_CHECK_MODULES([GMIME], [gmime-3.0], [GMIME_CFLAGS="$GMIME_CFLAGS -DHAVE_GMIME"],
    [AC_MSG_NOTICE([libgmime-3.0-dev is not there: the MIME scanner is not compared with GMime])])
])
