# report: tells; hand-backs, notices, and bounced's main.
noinst_LIBRARIES += report/libreport.a report/libwebhook.a
report_libreport_a_SOURCES = \
	report/backoff.cc report/backoff.hh \
	report/digest_text.cc report/digest_text.hh \
	report/digests.cc report/digests.hh \
	report/event.cc report/event.hh \
	report/event_document.cc report/event_document.hh \
	report/failure_lines.cc report/failure_lines.hh \
	report/housekeeping.cc report/housekeeping.hh \
	report/intake.cc report/intake.hh \
	report/lane.cc report/lane.hh \
	report/log.cc report/log.hh \
	report/mail.cc report/mail.hh \
	report/mail_sender.cc report/mail_sender.hh \
	report/mailbox.cc report/mailbox.hh \
	report/metrics.cc report/metrics.hh \
	report/notice.cc report/notice.hh \
	report/notice_access.cc \
	report/notice_blame.cc \
	report/notice_held.cc \
	report/notice_limit.cc \
	report/notice_stray.cc \
	report/notice_strikes.cc \
	report/notice_texts.hh \
	report/notice_undelivered.cc \
	report/outbox.cc report/outbox.hh \
	report/outbox_outcomes.cc \
	report/outgoing.cc report/outgoing.hh \
	report/receivers.cc report/receivers.hh \
	report/submit.cc report/submit.hh \
	report/telling.cc report/telling.hh \
	report/telling_blame.cc \
	report/telling_context.hh \
	report/telling_double_bounce.cc \
	report/wording.cc report/wording.hh \
	report/wrap.cc report/wrap.hh

# What crmrelayctl shares with bounced: a webhook's words, and HTTP.
report_libwebhook_a_SOURCES = \
	report/curl_global.cc report/curl_global.hh \
	report/http_client.cc report/http_client.hh \
	report/mailgun.cc report/mailgun.hh \
	report/public_address.cc report/public_address.hh \
	report/webhook.cc report/webhook.hh

sbin_PROGRAMS += report/crmrelay-bounced
report_crmrelay_bounced_SOURCES = report/bounced.cc
REPORT_LIBS = report/libreport.a report/libwebhook.a $(LMTP_LIBS) $(STORE_LIBS) $(CONF_LIBS) $(CURL_LIBS)
report_crmrelay_bounced_LDADD = $(REPORT_LIBS)
