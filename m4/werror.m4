# CRMRELAY_WERROR: --enable-werror turns warnings into errors; after the feature tests, so that these are not concerned.
AC_DEFUN([CRMRELAY_WERROR], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])], [], [enable_werror=no])
  AS_IF([test "x$enable_werror" = xyes], [WERROR_CXXFLAGS="-Werror"])
  AC_SUBST([WERROR_CXXFLAGS])
])
