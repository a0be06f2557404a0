# CRMRELAY_SYSTEMD: where units go (daemon(7)); with them go sysusers.d and tmpfiles.d. Without the option none of them is installed.
AC_DEFUN([CRMRELAY_SYSTEMD], [
  AC_ARG_WITH([systemdsystemunitdir],
    [AS_HELP_STRING([--with-systemdsystemunitdir=DIR], [install systemd units into DIR; "yes": where systemd looks for them])],
    [], [with_systemdsystemunitdir=no])
  AS_IF([test "x$with_systemdsystemunitdir" = xyes], [PKG_CHECK_VAR([with_systemdsystemunitdir], [systemd], [systemdsystemunitdir])])
  AS_IF([test "x$with_systemdsystemunitdir" = x],
    [AC_MSG_ERROR([systemd's pkg-config file does not tell its unit folder: write --with-systemdsystemunitdir=/lib/systemd/system])])
  AM_CONDITIONAL([WITH_SYSTEMD], [test "x$with_systemdsystemunitdir" != xno])
  AC_SUBST([systemdsystemunitdir], [$with_systemdsystemunitdir])
])
