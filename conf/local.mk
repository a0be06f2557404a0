# conf: the configuration as checked values; decides nothing.
noinst_LIBRARIES += conf/libconf.a
conf_libconf_a_SOURCES = \
	conf/assemble.cc conf/assemble.hh \
	conf/config.cc conf/config.hh \
	conf/domain_reader.cc conf/domain_reader.hh \
	conf/evidence_reader.cc conf/evidence_reader.hh \
	conf/key_reader.hh \
	conf/loader.cc conf/loader.hh \
	conf/names.cc conf/names.hh \
	conf/networks.cc conf/networks.hh \
	conf/notice_reader.cc conf/notice_reader.hh \
	conf/preset.cc conf/preset.hh \
	conf/require_reader.cc conf/require_reader.hh \
	conf/secrets.cc conf/secrets.hh \
	conf/sending_reader.cc conf/sending_reader.hh \
	conf/service_reader.cc conf/service_reader.hh \
	conf/suspend_reader.cc conf/suspend_reader.hh \
	conf/table.cc conf/table.hh \
	conf/webhook_reader.cc conf/webhook_reader.hh
CONF_LIBS = conf/libconf.a $(TOML_LIBS) $(BASE_LIBS)
dist_sample_DATA = conf/crmrelay.toml.sample
sampledir = $(docdir)/examples
dist_presets_DATA = \
	conf/crm/generic.toml \
	conf/crm/google.toml \
	conf/crm/hubspot.toml \
	conf/crm/microsoft365.toml \
	conf/crm/salesforce.toml \
	conf/crm/zoho.toml
presetsdir = $(pkgdatadir)/crm
