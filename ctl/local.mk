# ctl: the administrator's hand. Everything but main lies in libctl, so that tests can link it.
noinst_LIBRARIES += ctl/libctl.a
ctl_libctl_a_SOURCES = \
	ctl/advice.cc ctl/advice.hh \
	ctl/bounces.cc \
	ctl/check.cc ctl/check_dkim.cc ctl/check_lines.cc ctl/check_parts.hh ctl/check_ports.cc ctl/check_rewriting.cc ctl/check_service.cc \
	ctl/cli.cc ctl/cli.hh \
	ctl/commands.cc ctl/commands.hh \
	ctl/crm.cc \
	ctl/crm_ports.cc ctl/crm_ports.hh \
	ctl/dkim_record.cc ctl/dkim_record.hh \
	ctl/dns.cc \
	ctl/dns_query.cc ctl/dns_query.hh \
	ctl/dns_records.cc ctl/dns_records.hh \
	ctl/doctor.cc ctl/doctor_clock.cc ctl/doctor_dns.cc ctl/doctor_logins.cc ctl/doctor_networks.cc ctl/doctor_outbox.cc ctl/doctor_parts.hh \
	ctl/doctor_postfix.cc ctl/doctor_round_trip.cc ctl/doctor_service.cc ctl/doctor_standings.cc \
	ctl/dmarc.cc ctl/dmarc.hh \
	ctl/event_json.cc ctl/event_json.hh \
	ctl/explain.cc ctl/explain.hh \
	ctl/explain_facts.cc \
	ctl/explain_refusal.cc \
	ctl/forget.cc \
	ctl/key.cc \
	ctl/key_file.cc ctl/key_file.hh \
	ctl/log_line.cc ctl/log_line.hh \
	ctl/login.cc \
	ctl/markup.cc ctl/markup.hh \
	ctl/master_ports.cc ctl/master_ports.hh \
	ctl/mending.cc ctl/mending.hh \
	ctl/message_header.cc ctl/message_header.hh \
	ctl/open.cc ctl/open.hh \
	ctl/outbox.cc \
	ctl/output.cc ctl/output.hh \
	ctl/postfix.cc \
	ctl/postfix_plan.cc ctl/postfix_plan.hh ctl/postfix_revert.cc \
	ctl/postfix_saved.cc ctl/postfix_saved.hh \
	ctl/postfix_state.cc ctl/postfix_state.hh \
	ctl/postfix_value.cc ctl/postfix_value.hh \
	ctl/prompt.cc ctl/prompt.hh \
	ctl/process.cc ctl/process.hh \
	ctl/read_bounce.cc \
	ctl/reading_json.cc ctl/reading_json.hh \
	ctl/replace_file.cc ctl/replace_file.hh \
	ctl/report.cc \
	ctl/report_figures.cc ctl/report_figures.hh \
	ctl/report_page.cc ctl/report_page.hh \
	ctl/report_style.cc ctl/report_style.hh \
	ctl/report_words.cc ctl/report_words.hh \
	ctl/rewriting.cc ctl/rewriting.hh \
	ctl/sample.cc ctl/sample.hh \
	ctl/secret_access.cc ctl/secret_access.hh \
	ctl/round_trip.cc ctl/round_trip.hh \
	ctl/since.cc ctl/since.hh \
	ctl/smtp_client.cc ctl/smtp_client.hh \
	ctl/status.cc \
	ctl/store.cc \
	ctl/suspend.cc \
	ctl/svg_plot.cc ctl/svg_plot.hh \
	ctl/trace.cc \
	ctl/trace_id.cc ctl/trace_id.hh \
	ctl/webhook.cc \
	ctl/words.cc ctl/words.hh
CTL_LIBS = ctl/libctl.a report/libwebhook.a bounce/libbounce.a policy/libspfquery.a $(POLICY_LIBS) $(STORE_LIBS) $(CONF_LIBS) $(CURL_LIBS) $(SPF_LIBS) $(SSL_LIBS)

sbin_PROGRAMS += ctl/crmrelayctl
ctl_crmrelayctl_SOURCES = ctl/crmrelayctl.cc
ctl_crmrelayctl_LDADD = $(CTL_LIBS)
