# tests/ctl: unit tests of ctl; those of Postfix's lines ask a real postconf, where there is one.
check_PROGRAMS += tests/ctl/unit_ctl
TESTS += tests/ctl/unit_ctl
tests_ctl_unit_ctl_SOURCES = \
	tests/ctl/main.cc \
	tests/ctl/advice_test.cc \
	tests/ctl/check_dkim_test.cc \
	tests/ctl/check_test.cc \
	tests/ctl/commands_test.cc \
	tests/ctl/crm_ports_test.cc \
	tests/ctl/crm_test.cc \
	tests/ctl/dkim_keys.hh \
	tests/ctl/dkim_record_test.cc \
	tests/ctl/dmarc_test.cc \
	tests/ctl/dns_query_test.cc \
	tests/ctl/dns_records_test.cc \
	tests/ctl/dns_test.cc \
	tests/ctl/doctor_test.cc \
	tests/ctl/explain_test.cc \
	tests/ctl/key_file_test.cc \
	tests/ctl/key_test.cc \
	tests/ctl/listings_test.cc \
	tests/ctl/log_line_test.cc \
	tests/ctl/login_test.cc \
	tests/ctl/markup_test.cc \
	tests/ctl/master_ports_test.cc \
	tests/ctl/mending_test.cc \
	tests/ctl/message_header_test.cc \
	tests/ctl/outbox_test.cc \
	tests/ctl/output_test.cc \
	tests/ctl/postfix_plan_test.cc \
	tests/ctl/postfix_revert_test.cc \
	tests/ctl/postfix_saved_test.cc \
	tests/ctl/postfix_support.cc tests/ctl/postfix_support.hh \
	tests/ctl/postfix_test.cc \
	tests/ctl/postfix_value_test.cc \
	tests/ctl/process_test.cc \
	tests/ctl/replace_file_test.cc \
	tests/ctl/report_figures_test.cc \
	tests/ctl/rewriting_test.cc \
	tests/ctl/since_test.cc \
	tests/ctl/support.cc tests/ctl/support.hh \
	tests/ctl/svg_plot_test.cc \
	tests/ctl/trace_id_test.cc
tests_ctl_unit_ctl_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK -DCRMRELAY_SRCDIR='"$(abs_srcdir)"'
tests_ctl_unit_ctl_LDADD = $(CTL_LIBS) $(BOOST_TEST_LIBS)
