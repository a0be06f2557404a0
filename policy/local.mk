# policy: decides. libpolicywire holds what the milter shares: the admission protocol. libpolicy is the pure core, libpolicyd the shell.
noinst_LIBRARIES += policy/libpolicywire.a policy/libpolicy.a policy/libpolicyd.a
policy_libpolicywire_a_SOURCES = \
	policy/admission.cc policy/admission.hh \
	policy/facts.hh \
	policy/reply.cc policy/reply.hh
policy_libpolicy_a_SOURCES = \
	policy/bounce_verdict.cc \
	policy/decision.hh \
	policy/evidence.cc policy/evidence.hh \
	policy/from.cc policy/from.hh \
	policy/message_verdict.cc \
	policy/policy_protocol.cc policy/policy_protocol.hh \
	policy/rules.cc policy/rules.hh \
	policy/session_verdict.cc \
	policy/sessions.cc policy/sessions.hh \
	policy/token.cc policy/token.hh
policy_libpolicyd_a_SOURCES = \
	policy/desk.cc policy/desk.hh \
	policy/load_rules.cc policy/load_rules.hh \
	policy/log.cc policy/log.hh \
	policy/server.cc policy/server.hh
POLICY_LIBS = policy/libpolicy.a policy/libpolicywire.a

sbin_PROGRAMS += policy/crmrelay-policyd
policy_crmrelay_policyd_SOURCES = policy/crmrelay-policyd.cc
policy_crmrelay_policyd_LDADD = policy/libpolicyd.a $(POLICY_LIBS) $(STORE_LIBS) $(CONF_LIBS)
