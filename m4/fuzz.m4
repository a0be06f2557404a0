# CRMRELAY_FUZZ: --enable-fuzz links the fuzz targets with libFuzzer (clang); without it they are replay programs.
AC_DEFUN([CRMRELAY_FUZZ], [
  AC_ARG_ENABLE([fuzz], [AS_HELP_STRING([--enable-fuzz], [build libFuzzer targets (CXX=clang++)])], [], [enable_fuzz=no])
  AS_IF([test "x$enable_fuzz" = xyes], [
    CXXFLAGS="$CXXFLAGS -fsanitize=fuzzer-no-link"
    FUZZ_LDFLAGS="-fsanitize=fuzzer"])
  AC_SUBST([FUZZ_LDFLAGS])
  AM_CONDITIONAL([FUZZ], [test "x$enable_fuzz" = xyes])
])
