#!/bin/sh
# The HTTP requests of apply.sh to zot. curl reads no ~/.curlrc (-q) and uses no proxy for the loopback address.

# The URL has the name in zot's certificate, which usually differs from its address on the host: CONNECT maps it.
CONNECT=$ZA_ADDRESS

# zot_curl [curl options]: the certificate must be the one in the config, or one that the host trusts (otherwise
# status 60).
zot_curl() {
  set -- -q -s --noproxy '*' "$@"
  [ -z "$CONNECT" ] || set -- --connect-to "::$CONNECT:" "$@"
  if [ -n "$ZA_CERT" ] && [ -r "$ZA_CERT" ]; then
    zot_answer=$(curl --cacert "$ZA_CERT" "$@")
    zot_status=$?
    if [ "$zot_status" != 60 ]; then
      printf '%s' "$zot_answer"
      return "$zot_status"
    fi
  fi
  curl "$@"
}

# ask URL [curl options]: prints the status, 000 when there is no answer.
ask() { zot_curl -o /dev/null --max-time "$ZA_ASK_SECONDS" -w '%{http_code}' "$@" || :; }

# tls_problem URL: why its certificate is not trusted, by curl's exit status; empty for any other failure.
tls_problem() {
  case $1 in https://*) ;; *) return 0 ;; esac
  zot_curl -o /dev/null --max-time "$ZA_ASK_SECONDS" "$1/v2/"
  case $? in
  35) echo " (there is no TLS that both sides know)" ;;
  51 | 60) echo " (its certificate is neither that of $ZA_CERT nor one that the host trusts for the name in ${1%:*}, or has expired)" ;;
  esac
}

# An existing repository, so that a request leaves no trace even if everything is allowed; otherwise one for requests.
some_repository() {
  known=$(zot_curl --max-time "$ZA_ASK_SECONDS" "$1/v2/_catalog?n=1" | head -c 65536 | sed -n 's/.*"repositories":\["\([^"]*\)".*/\1/p')
  echo "${known:-zot-access/probe}"
}

# The revision is a repository name that only this config denies to everybody: 401 proves that this config is in
# force, also after a hot reload, and that the old process does not answer. For any other config the name is unknown.
# In a private registry (ZA_TELLS=0) every name is denied, so such rules are never reloaded, and only a new process
# proves them.
# revision_in_force URL REVISION
revision_in_force() {
  [ -z "$2" ] || [ "$(ask "$1/v2/$2/tags/list")" = 401 ]
}

# in_force URL REVISION: and not only because anonymous clients have no access there.
in_force() { [ -n "$2" ] && revision_in_force "$1" "$2" && ! revision_in_force "$1" zot-access/unknown; }

# answers URL: with any status.
answers() {
  case $(ask "$1/v2/") in 200 | 401) return 0 ;; *) return 1 ;; esac
}

# outside: the host's ports for zot's ports on stdin (ZA_PORTS). Another zot may listen on the same port of the host.
outside() {
  if [ -z "${ZA_PORTS:-}" ]; then cat; else
    while read -r outside_port; do printf '%s\n' "$ZA_PORTS" | sed -n "s/^$outside_port://p"; done
  fi
}

# ports_in FILE: every port of the host in a config in JSON or YAML; zot's own port is among them.
ports_in() {
  awk '{ gsub(/[{},]/, "\n"); print }' "$1" 2>/dev/null |
    sed -n "s/^[[:space:]]*[\"']\{0,1\}[Pp][Oo][Rr][Tt][\"']\{0,1\}[[:space:]]*:[[:space:]]*[\"']\{0,1\}\([0-9][0-9]*\).*/\1/p" | outside
}

# answering FILE: prints where a zot with that config answers; the port of the settings is tried first if the config
# has it.
answering() {
  answering_ports=$(ports_in "$1" | awk -v first="${ZA_URL##*:}" '$0 == first { print; next } { rest = rest $0 "\n" } END { printf "%s", rest }')
  for answering_port in ${answering_ports:-${ZA_URL##*:}}; do
    for answering_scheme in "${ZA_URL%%:*}" http; do
      answering_url=${ZA_URL#*:}
      answering_url=$answering_scheme:${answering_url%:*}:$answering_port
      if answers "$answering_url"; then
        echo "$answering_url"
        return 0
      fi
    done
  done
  return 1
}

# login_leads_to_issuer URL: a login redirects to the authorization endpoint in the issuer's own discovery document.
login_leads_to_issuer() {
  issuer_answers "$ZA_ISSUER" 5 || { because "the issuer $ZA_ISSUER does not answer: $ISSUER_PROBLEM"; return; }
  login_end=$(printf '%s' "$ISSUER_DOCUMENT" | json_text authorization_endpoint)
  [ -n "$login_end" ] || { because "the issuer's discovery document names no authorization_endpoint"; return; }
  login_to=$(zot_curl -o /dev/null --max-time 10 -w '%{http_code} %{redirect_url}' \
    "$1/zot/auth/login?provider=oidc&callback_ui=/v2/")
  case $login_to in
  "302 $login_end"*) return 0 ;;
  *) because "a login is answered with '${login_to%%\?*}' instead of a redirect to $login_end" ;;
  esac
}

# proven URL LOGIN: the registry matches the desired set; otherwise it sets WHY. LOGIN is `full` after a restart and
# `trial` beside the running zot, where a login must work. A zot that was not restarted may have outlived its issuer
# (`kept`), or run without logins (`fallback`).
proven() {
  code=$(ask "$1/v2/")
  [ "$code" = "$ZA_ANYONE" ] || { because "/v2/ answers $code to an anonymous client instead of $ZA_ANYONE$(tls_problem "$1")"; return; }
  [ "$2" != full ] || fresh || { because "the old process has not ended"; return; }
  code=$(ask "$1/v2/$ZA_REVISION/tags/list")
  [ "$code" = 401 ] || { because "the new config is not in force: its revision is answered with $code instead of 401"; return; }
  repository=$(some_repository "$1")
  code=$(ask "$1/v2/$repository/tags/list")
  case $ZA_TELLS$code in
  ?200 | ?404 | 0401) ;;
  *) because "an anonymous pull from $repository is answered with $code"; return ;;
  esac
  code=$(ask "$1/v2/$repository/manifests/zot-access-probe" -X PUT -d '{}' \
    -H 'Content-Type: application/vnd.oci.image.manifest.v1+json')
  [ "$code" = 401 ] || { because "an anonymous push to $repository is answered with $code instead of 401"; return; }
  if [ "$2" != trial ] && [ -n "$ZA_EXPECTED" ] && [ "$(running_version)" != "$ZA_EXPECTED" ]; then
    because "zot $(running_version) runs instead of $ZA_EXPECTED"
    return
  fi
  case $2 in
  fallback) ;;
  kept) ! issuer_answers "$ZA_ISSUER" 5 || login_leads_to_issuer "$1" ;;
  *) login_leads_to_issuer "$1" ;;
  esac
}
