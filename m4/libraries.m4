# CRMRELAY_LIBRARIES: what crmrelay builds on, all from Debian 12; each missing one is named with its package.
AC_DEFUN([CRMRELAY_PKG], [
  PKG_CHECK_MODULES([$1], [$2], [], [AC_MSG_ERROR([$2 is missing: install $3, or run ./install-deps])])
])
AC_DEFUN([CRMRELAY_HEADER], [
  AC_CHECK_HEADER([$1], [], [AC_MSG_ERROR([$1 is missing: install $2, or run ./install-deps])], [$3])
])
AC_DEFUN([CRMRELAY_LIBRARIES], [
  CRMRELAY_PKG([FMT], [fmt], [libfmt-dev])
  CRMRELAY_PKG([CRYPTO], [libcrypto >= 3.0], [libssl-dev])
  CRMRELAY_PKG([SSL], [libssl >= 3.0], [libssl-dev])
  CRMRELAY_PKG([CURL], [libcurl], [libcurl4-openssl-dev])
  CRMRELAY_PKG([SYSTEMD], [libsystemd], [libsystemd-dev])
  CRMRELAY_PKG([PSL], [libpsl], [libpsl-dev])
  CRMRELAY_PKG([OPENDKIM], [opendkim >= 2.11], [libopendkim-dev])
  CRMRELAY_PKG([MICROHTTPD], [libmicrohttpd], [libmicrohttpd-dev])
  CRMRELAY_PKG([SQLITE], [sqlite3], [libsqlite3-dev])
  CRMRELAY_PKG([PQ], [libpq >= 14], [libpq-dev])
  CRMRELAY_PKG([TOML], [tomlplusplus], [libtomlplusplus-dev])
  CRMRELAY_HEADER([libmilter/mfapi.h], [libmilter-dev])
  CRMRELAY_HEADER([crypt.h], [libcrypt-dev])
  CRMRELAY_HEADER([boost/asio/io_context.hpp], [libboost-dev])
  CRMRELAY_HEADER([boost/test/unit_test.hpp], [libboost-test-dev])
  CRMRELAY_HEADER([CLI/CLI.hpp], [libcli11-dev])
  CRMRELAY_HEADER([nlohmann/json.hpp], [nlohmann-json3-dev])
  CRMRELAY_HEADER([soci/soci.h], [libsoci-dev])
  CRMRELAY_HEADER([date/tz.h], [libhowardhinnant-date-dev])
  DATE_LIBS="-ldate-tz"
  AC_SUBST([DATE_LIBS])
  CRMRELAY_HEADER([spf2/spf.h], [libspf2-dev], [#include <netdb.h>
#include <netinet/in.h>])
  MILTER_LIBS="-lmilter -lresolv"   dnl the latter reads DNS answers
  SPF_LIBS="-lspf2"
  AC_SUBST([SPF_LIBS])
  SOCI_LIBS="-lsoci_core -lsoci_sqlite3"
  BOOST_TEST_LIBS="-lboost_unit_test_framework"
  CRYPT_LIBS="-lcrypt"
  AC_SUBST([CRYPT_LIBS])
  AC_SUBST([MILTER_LIBS])
  AC_SUBST([SOCI_LIBS])
  AC_SUBST([BOOST_TEST_LIBS])
])
