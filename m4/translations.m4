# CRMRELAY_TRANSLATIONS: what makes the catalogues of po/, and Boost.Locale, which reads them.
AC_DEFUN([CRMRELAY_GETTEXT], [
  AC_PATH_PROG([$1], [$2])
  AS_VAR_IF([$1], [""], [AC_MSG_ERROR([$2 is missing: install gettext, or run ./install-deps])])
])
AC_DEFUN([CRMRELAY_TRANSLATIONS], [
  CRMRELAY_GETTEXT([MSGFMT], [msgfmt])
  CRMRELAY_GETTEXT([MSGMERGE], [msgmerge])
  CRMRELAY_GETTEXT([XGETTEXT], [xgettext])
  CRMRELAY_HEADER([boost/locale/gnu_gettext.hpp], [libboost-locale-dev])
  LOCALE_LIBS="-lboost_locale"
  AC_SUBST([LOCALE_LIBS])
])
