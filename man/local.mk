# man: the manual.
dist_man_MANS = \
	man/crmrelay-bounced.8 \
	man/crmrelay-crm.5 \
	man/crmrelay-log.5 \
	man/crmrelay-milter.8 \
	man/crmrelay-milters.7 \
	man/crmrelay-policyd.8 \
	man/crmrelay-sizing.7 \
	man/crmrelay-troubleshooting.7 \
	man/crmrelay.7 \
	man/crmrelay.toml.5 \
	man/crmrelayctl.8

# Japanese: made of man/ and po/man/ja.po by po4a, and kept with them, so that a build needs no po4a.
manja7dir = $(mandir)/ja/man7
dist_manja7_DATA = man/ja/crmrelay-troubleshooting.7 man/ja/crmrelay.7
manja8dir = $(mandir)/ja/man8
dist_manja8_DATA = man/ja/crmrelayctl.8
EXTRA_DIST += po/man/po4a.cfg po/man/ja.po po/man/crmrelay-man.pot
.PHONY: update-man-po
update-man-po:
	cd '$(srcdir)' && po4a --force po/man/po4a.cfg
