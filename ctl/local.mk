# ctl: the administrator's hand. Everything but main lies in libctl, so that tests can link it.
noinst_LIBRARIES += ctl/libctl.a
ctl_libctl_a_SOURCES = \
	ctl/bounces.cc \
	ctl/check.cc ctl/check_dkim.cc ctl/check_lines.cc ctl/check_parts.hh ctl/check_rewriting.cc ctl/check_service.cc \
	ctl/cli.cc ctl/cli.hh \
	ctl/commands.cc ctl/commands.hh \
	ctl/crm.cc \
	ctl/dkim_record.cc ctl/dkim_record.hh \
	ctl/dns.cc \
	ctl/dns_query.cc ctl/dns_query.hh \
	ctl/dns_records.cc ctl/dns_records.hh \
	ctl/event_json.cc ctl/event_json.hh \
	ctl/explain.cc \
	ctl/key.cc \
	ctl/key_file.cc ctl/key_file.hh \
	ctl/login.cc \
	ctl/message_header.cc ctl/message_header.hh \
	ctl/open.cc ctl/open.hh \
	ctl/outbox.cc \
	ctl/output.cc ctl/output.hh \
	ctl/postfix.cc \
	ctl/postfix_plan.cc ctl/postfix_plan.hh ctl/postfix_revert.cc \
	ctl/postfix_saved.cc ctl/postfix_saved.hh \
	ctl/postfix_state.cc ctl/postfix_state.hh \
	ctl/postfix_value.cc ctl/postfix_value.hh \
	ctl/process.cc ctl/process.hh \
	ctl/read_bounce.cc \
	ctl/reading_json.cc ctl/reading_json.hh \
	ctl/replace_file.cc ctl/replace_file.hh \
	ctl/rewriting.cc ctl/rewriting.hh \
	ctl/sample.cc ctl/sample.hh \
	ctl/secret_access.cc ctl/secret_access.hh \
	ctl/since.cc ctl/since.hh \
	ctl/status.cc \
	ctl/store.cc \
	ctl/suspend.cc \
	ctl/trace.cc \
	ctl/trace_id.cc ctl/trace_id.hh \
	ctl/webhook.cc
CTL_LIBS = ctl/libctl.a report/libwebhook.a bounce/libbounce.a $(POLICY_LIBS) $(STORE_LIBS) $(CONF_LIBS) $(CURL_LIBS)

sbin_PROGRAMS += ctl/crmrelayctl
ctl_crmrelayctl_SOURCES = ctl/crmrelayctl.cc
ctl_crmrelayctl_LDADD = $(CTL_LIBS)
