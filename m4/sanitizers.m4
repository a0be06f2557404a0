# CRMRELAY_SANITIZERS: --enable-asan, --enable-ubsan, --enable-tsan build everything with that sanitizer.
AC_DEFUN([CRMRELAY_SANITIZER], [
  AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [build with -fsanitize=$2])], [], [enable_$1=no])
  AS_IF([test "x$enable_$1" = xyes], [
    # Instrumented code makes GCC's maybe-uninitialized warn of what is none.
    CXXFLAGS="$CXXFLAGS -fsanitize=$2 -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-maybe-uninitialized"
    LDFLAGS="$LDFLAGS -fsanitize=$2"])
])
AC_DEFUN([CRMRELAY_SANITIZERS], [
  CRMRELAY_SANITIZER([asan], [address])
  CRMRELAY_SANITIZER([ubsan], [undefined])
  # Debian's SOCI hides the typeinfo that the vptr check needs.
  AS_IF([test "x$enable_ubsan" = xyes], [CXXFLAGS="$CXXFLAGS -fno-sanitize=vptr"])
  CRMRELAY_SANITIZER([tsan], [thread])
  # Boost 1.74 uses fences, of which GCC warns that ThreadSanitizer does not see them.
  AS_IF([test "x$enable_tsan" = xyes], [CXXFLAGS="$CXXFLAGS -Wno-tsan"])
  AS_IF([test "x$enable_asan$enable_tsan" = xyesyes],
    [AC_MSG_ERROR([--enable-asan and --enable-tsan exclude each other])])
])
