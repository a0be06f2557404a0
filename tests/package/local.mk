# tests/package: the Debian package is built, judged and lived through. It needs root and a git checkout; `make check` does not run it.
EXTRA_DIST += tests/package
package-check:
	$(MAKE) $(AM_MAKEFLAGS) dist
	'$(srcdir)/tests/package/check' '$(abs_builddir)/$(distdir).tar.xz' '$(VERSION)'
.PHONY: package-check
