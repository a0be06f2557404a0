# policy: decides. libpolicywire holds what the milter shares: the admission protocol and the reading of From. libpolicy is the pure core, libpolicyd the shell.
noinst_LIBRARIES += policy/libpolicywire.a policy/libpolicy.a policy/libpolicyd.a policy/libspfquery.a
policy_libpolicywire_a_SOURCES = \
	policy/admission.cc policy/admission.hh \
	policy/facts.hh \
	policy/from.cc policy/from.hh \
	policy/reply.cc policy/reply.hh
policy_libpolicy_a_SOURCES = \
	policy/auth_failures.cc policy/auth_failures.hh \
	policy/auth_protocol.cc policy/auth_protocol.hh \
	policy/bounce_verdict.cc \
	policy/decision.hh \
	policy/evidence.cc policy/evidence.hh \
	policy/logins.cc policy/logins.hh \
	policy/message_verdict.cc \
	policy/policy_protocol.cc policy/policy_protocol.hh \
	policy/password.cc policy/password.hh \
	policy/remembered.cc policy/remembered.hh \
	policy/rules.cc policy/rules.hh \
	policy/session_verdict.cc \
	policy/sessions.cc policy/sessions.hh \
	policy/strike_events.cc policy/strike_events.hh \
	policy/strikes.cc policy/strikes.hh \
	policy/token.cc policy/token.hh \
	policy/usage.cc policy/usage.hh
policy_libpolicyd_a_SOURCES = \
	policy/auth_desk.cc policy/auth_desk.hh \
	policy/auth_server.cc policy/auth_server.hh \
	policy/desk.cc policy/desk.hh \
	policy/desk_refusals.cc \
	policy/hash_pool.cc policy/hash_pool.hh \
	policy/load_rules.cc policy/load_rules.hh \
	policy/log.cc policy/log.hh \
	policy/login_times.cc policy/login_times.hh \
	policy/metrics.cc policy/metrics.hh \
	policy/logins_file.cc policy/logins_file.hh \
	policy/network_lookup.hh \
	policy/notices.cc policy/notices.hh \
	policy/server.cc policy/server.hh \
	policy/spf_answers.cc policy/spf_answers.hh \
	policy/spf_log.cc policy/spf_log.hh \
	policy/spf_lookup.hh \
	policy/spf_networks.cc policy/spf_networks.hh \
	policy/standings.cc policy/standings.hh \
	policy/witness.cc policy/witness.hh
# What crmrelayctl doctor shares with policyd: one SPF record, evaluated.
policy_libspfquery_a_SOURCES = \
	policy/spf_query.cc policy/spf_query.hh \
	policy/spf_record.cc policy/spf_record.hh
POLICY_LIBS = policy/libpolicy.a policy/libpolicywire.a conf/libconf.a $(TOML_LIBS) $(CRYPT_LIBS)
POLICYD_LIBS = policy/libpolicyd.a policy/libspfquery.a $(POLICY_LIBS) $(SPF_LIBS) $(STORE_LIBS) $(CONF_LIBS)

sbin_PROGRAMS += policy/crmrelay-policyd
policy_crmrelay_policyd_SOURCES = policy/crmrelay-policyd.cc
policy_crmrelay_policyd_LDADD = $(POLICYD_LIBS)
