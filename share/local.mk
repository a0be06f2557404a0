# share: what goes with the programs: units, users and folders for systemd, completion; snippets for the host's log programs.
dist_pkgshare_DATA = share/fail2ban-filter.conf share/logcheck share/rsyslog.conf
pkgsharedir = $(pkgdatadir)/snippets
completiondir = $(datadir)/bash-completion/completions
nodist_completion_DATA = share/crmrelayctl
share/crmrelayctl: share/bash-completion
	$(AM_V_GEN)$(MKDIR_P) share && cp '$(srcdir)/share/bash-completion' $@
EXTRA_DIST += share/bash-completion share/systemd share/sysusers.conf share/tmpfiles.conf

units = share/systemd/crmrelay-policyd.service share/systemd/crmrelay-milter.service share/systemd/crmrelay-bounced.service share/systemd/crmrelay-resolvers.service
pkglibexecdir = $(libexecdir)/$(PACKAGE)
if WITH_SYSTEMD
nodist_systemdsystemunit_DATA = $(units)
dist_systemdsystemunit_DATA = share/systemd/crmrelay.target share/systemd/crmrelay-resolvers.path
dist_pkglibexec_SCRIPTS = share/systemd/allow-resolvers
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
nodist_sysusers_DATA = share/sysusers.d/crmrelay.conf
nodist_tmpfiles_DATA = share/tmpfiles.d/crmrelay.conf
endif
# Brackets, or configure would put its own value in place of the name that stands here.
$(units): Makefile share/systemd/crmrelay-policyd.service.in share/systemd/crmrelay-milter.service.in share/systemd/crmrelay-bounced.service.in share/systemd/crmrelay-resolvers.service.in
	$(AM_V_GEN)$(MKDIR_P) share/systemd && sed -e 's,[@]sbindir[@],$(sbindir),' -e 's,[@]pkglibexecdir[@],$(pkglibexecdir),' '$(srcdir)/$@.in' > $@
share/sysusers.d/crmrelay.conf: share/sysusers.conf
	$(AM_V_GEN)$(MKDIR_P) share/sysusers.d && cp '$(srcdir)/share/sysusers.conf' $@
share/tmpfiles.d/crmrelay.conf: share/tmpfiles.conf
	$(AM_V_GEN)$(MKDIR_P) share/tmpfiles.d && cp '$(srcdir)/share/tmpfiles.conf' $@
CLEANFILES += $(units) share/crmrelayctl share/sysusers.d/crmrelay.conf share/tmpfiles.d/crmrelay.conf
