# man: the manual.
dist_man_MANS = \
	man/crmrelay-bounced.8 \
	man/crmrelay-crm.5 \
	man/crmrelay-log.5 \
	man/crmrelay-milter.8 \
	man/crmrelay-milters.7 \
	man/crmrelay-policyd.8 \
	man/crmrelay.7 \
	man/crmrelay.toml.5 \
	man/crmrelayctl.8
