# CRMRELAY_CXX20: the compiler speaks C++20 with coroutines; the flags that every build has.
AC_DEFUN([CRMRELAY_CXX20], [
  CXXFLAGS="$CXXFLAGS -std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <coroutine>
#include <span>]], [[std::suspend_always wait; (void)wait;]])], [],
    [AC_MSG_ERROR([the C++ compiler lacks C++20 coroutines: GCC 12 or newer is needed])])
  # GCC 12 misjudges the operator new of Boost 1.74's coroutine frames; clang has no such warning.
  AS_IF([$CXX --version | grep -q clang], [], [CXXFLAGS="$CXXFLAGS -Wno-mismatched-new-delete"])
  CXXFLAGS="$CXXFLAGS -pthread"
])
