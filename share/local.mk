# share: what watches crmrelay from outside.
monitoringdir = $(pkgdatadir)/monitoring
dist_monitoring_DATA = share/grafana-dashboard.json share/prometheus-rules.yml
