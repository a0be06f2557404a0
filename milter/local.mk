# milter: performs; libmilter callbacks -> facts -> one question to policyd -> edits.
noinst_LIBRARIES += milter/libmilterroom.a
milter_libmilterroom_a_SOURCES = \
	milter/admission_client.cc milter/admission_client.hh \
	milter/callbacks.cc milter/callbacks.hh \
	milter/connection_pool.cc milter/connection_pool.hh \
	milter/content.cc milter/content.hh \
	milter/dkim.cc milter/dkim.hh \
	milter/dkim_keys.cc milter/dkim_keys.hh \
	milter/dkim_settings.cc milter/dkim_settings.hh \
	milter/dkim_signer.cc milter/dkim_signer.hh \
	milter/filter.cc milter/filter.hh \
	milter/guard.hh \
	milter/key_lookup.cc milter/key_lookup.hh \
	milter/line_ends.hh \
	milter/log.cc milter/log.hh \
	milter/metrics.cc milter/metrics.hh \
	milter/message.cc milter/message.hh \
	milter/negotiate.cc milter/negotiate.hh \
	milter/probe.cc milter/probe.hh \
	milter/reloader.cc milter/reloader.hh \
	milter/reply.cc milter/reply.hh \
	milter/signed_names.cc milter/signed_names.hh \
	milter/snapshot.cc milter/snapshot.hh
MILTERROOM_LIBS = milter/libmilterroom.a policy/libpolicywire.a $(CONF_LIBS) $(MILTER_LIBS) $(OPENDKIM_LIBS)
sbin_PROGRAMS += milter/crmrelay-milter
milter_crmrelay_milter_SOURCES = milter/crmrelay-milter.cc
milter_crmrelay_milter_LDADD = $(MILTERROOM_LIBS)
