# man: the manual.
dist_man_MANS = man/crmrelay-milters.7
