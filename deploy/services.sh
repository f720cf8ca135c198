#!/bin/sh
# Install the Debian packages whose servers the tests start on loopback. None of them is started or enabled here.
set -eu
[ "$(id -u)" = 0 ] || { echo "make services installs Debian packages: run it as root" >&2; exit 1; }

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi

set -- nginx-light prometheus prometheus-alertmanager prometheus-blackbox-exporter unbound bind9 postgresql slapd chrony postfix dovecot-imapd dovecot-pop3d vsftpd \
  mariadb-server openssh-server redis-server rabbitmq-server squid-openssl procps \
  monitoring-plugins-basic microsocks curl openssl ca-certificates iproute2 faketime libfaketime
missing=
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || { echo "All Debian packages for the tests are installed."; exit 0; }
apt-get update -qq
# shellcheck disable=SC2086 # a list of words on purpose
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
echo "Installed:$missing"
