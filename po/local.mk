# po: translations of texts for people. `make po-update` brings what the sources say into the .po files; tests/translations.sh says what is not translated.
LANGUAGES = ja
CATALOGUES = po/ja/LC_MESSAGES/crmrelay.mo
EXTRA_DIST += po/extract po/ja.po
CLEANFILES += $(CATALOGUES)

# In the build tree they lie as where they are installed, so that TEXTDOMAINDIR=BUILD/po finds them.
localejadir = $(localedir)/ja/LC_MESSAGES
localeja_DATA = po/ja/LC_MESSAGES/crmrelay.mo

po/ja/LC_MESSAGES/crmrelay.mo: po/ja.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MSGFMT) --check -o $@ '$(srcdir)/po/ja.po'

po-update:
	$(srcdir)/po/extract '$(srcdir)' > po/crmrelay.pot
	for language in $(LANGUAGES); do \
	  $(MSGMERGE) --quiet --update --backup=none --no-wrap --add-location=file --previous "$(srcdir)/po/$$language.po" po/crmrelay.pot || exit; \
	done
.PHONY: po-update
CLEANFILES += po/crmrelay.pot
