# Functions for the break snippets. They run as root in the machine; LAB_ADDRESS is its address on the lab's net.

# Waits until Ollama answers at HOST:PORT.
answers() {
  for _ in $(seq 200); do
    curl --silent --fail --max-time 2 --output /dev/null "http://$1/api/version" && return
    sleep 0.1
  done
  echo "nothing answers at http://$1/api/version after 20 s" >&2
  systemctl status ollama --no-pager >&2 || true
  return 1
}

# Waits until the command given succeeds.
eventually() {
  for _ in $(seq 300); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "after 30 s still false: $*" >&2
  return 1
}

# Whether something listens on a port.
listens() { [ -n "$(ss -Htln "sport = :$1")" ]; }

# Whether a unit's journal has a line with this text.
journal_says() {
  for _ in $(seq 100); do
    [ -z "$(journalctl --unit "$1" --grep "$2" --quiet --output cat)" ] || return 0
    sleep 0.1
  done
  return 1
}

# Whether a unit's main program last ended with this exit status.
exited_with() { [ "$(systemctl show "$1" --property ExecMainStatus --value)" = "$2" ]; }

# The address of another machine of the scenario.
address_of() { getent ahostsv4 "$1" | awk 'NR == 1 { print $1 }'; }

# Writes OpenClaw's config (standard input) for a user, readable for that user only.
config_of() {
  local home
  home=$(getent passwd "$1" | cut -d: -f6)
  install -o "$1" -g "$1" -m 600 /dev/stdin "$home/.openclaw/openclaw.json"
}

# The healthy config with an Ollama elsewhere: base URL (and key) given, models listed.
config_with_base_url() {
  config_of root <<JSON5
{
  gateway: { mode: "local" },
  agents: { defaults: { model: { primary: "ollama/llama3.2:3b" } } },
  models: {
    providers: {
      ollama: {
        baseUrl: "$1",
        apiKey: "${2:-ollama-local}",
        api: "ollama",
        models: [
          { id: "llama3.2:3b", name: "Llama 3.2 3B", input: ["text"], contextWindow: 131072, contextTokens: 32768 },
          { id: "qwen3:8b", name: "Qwen 3 8B", reasoning: true, input: ["text"], contextWindow: 40960, contextTokens: 32768 },
        ],
      },
    },
  },
}
JSON5
}

# Only the primary is another one.
config_with_primary() {
  config_of "${2:-root}" <<JSON5
{
  gateway: { mode: "local" },
  agents: { defaults: { model: { primary: "$1" } } },
}
JSON5
}

# A setting of Ollama's service, as its documentation shows it. Restarts it.
ollama_setting() {
  mkdir -p /etc/systemd/system/ollama.service.d
  {
    printf '[Service]\n'
    printf 'Environment="%s"\n' "$@"
  } >/etc/systemd/system/ollama.service.d/override.conf
  systemctl daemon-reload
  systemctl restart ollama
}

# Ollama's store holds these models and no others.
only_models() {
  systemctl stop ollama
  rm -rf /usr/share/ollama/.ollama/models
  [ $# -eq 0 ] || runuser -u ollama -- env HOME=/usr/share/ollama lab-seed "$@"
  systemctl start ollama
  answers 127.0.0.1:11434
}

# No service: Ollama as root would run it from a shell, with a store of root's own. Not running.
serve_by_hand_only() {
  systemctl disable --now ollama
  rm /etc/systemd/system/ollama.service
  systemctl daemon-reload
  lab-seed llama3.2:3b qwen3:8b nomic-embed-text:latest
}

# nginx before Ollama, on this address, with these lines in its location.
nginx_before_ollama() {
  rm -f /etc/nginx/sites-enabled/*
  printf 'server { listen %s; server_name _; location / { %s } }\n' "$1" "$2" >/etc/nginx/conf.d/ollama.conf
  nginx -q -t
  systemctl start nginx
}

# A crash of systemd-resolved over and over, as with systemd 255 and IPv6, for as long as the documented
# setting is not there: the assertion's line in the journal under its unit, then SIGABRT.
resolved_aborts() {
  mkdir -p /etc/systemd/system/systemd-resolved.service.d
  cat >/etc/systemd/system/systemd-resolved.service.d/lab.conf <<'UNIT'
[Service]
SyslogIdentifier=systemd-resolved
ExecStartPost=+/usr/local/lib/lab-resolved-bug
UNIT
  cat >/usr/local/lib/lab-resolved-bug <<'SH'
#!/bin/sh
[ -e /etc/systemd/resolved.conf.d/disable-dns-tcp.conf ] && exit 0
# Slow enough that systemd goes on restarting it: five starts in ten seconds would be the limit.
sleep 2.5
printf "<2>Assertion 's->read_packet->family == AF_INET6' failed at src/resolve/resolved-dns-stream.c:226, function dns_stream_identify(). Aborting.\n"
kill -ABRT "$MAINPID"
SH
  chmod 755 /usr/local/lib/lab-resolved-bug
  systemctl daemon-reload
  systemctl restart systemd-resolved || true
  eventually aborted
}

aborted() {
  journalctl --sync
  [ -n "$(journalctl _SYSTEMD_UNIT=systemd-resolved.service PRIORITY=2 --grep AF_INET6 --quiet --output cat)" ]
}

# A gateway that runs as a user: its process has the real one's title, and its port answers as the real one does.
gateway_as() {
  cat >/usr/local/lib/lab-gateway.mjs <<'JS'
import { createServer } from "node:http";
process.title = "openclaw-gateway";
createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(request.url.startsWith("/ready") ? { ready: true, failing: [] } : { ok: true, status: "live" }));
}).listen(18789, "127.0.0.1");
JS
  cat >/etc/systemd/system/openclaw-gateway.service <<UNIT
[Unit]
Description=OpenClaw Gateway

[Service]
User=$1
ExecStart=/usr/local/bin/node /usr/local/lib/lab-gateway.mjs
Restart=always
RestartSec=5
UNIT
  systemctl daemon-reload
  systemctl start openclaw-gateway
  eventually curl --silent --fail http://127.0.0.1:18789/health
}

# systemctl of a user's own systemd.
user_systemctl() {
  local user=$1
  shift
  runuser -u "$user" -- env XDG_RUNTIME_DIR="/run/user/$(id -u "$user")" systemctl --user "$@"
}

# Whether the unit of a user's gateway has failed.
gateway_failed() { [ "$(user_systemctl "$1" show openclaw-gateway --property ActiveState --value)" = failed ]; }

# The real gateway of a user, as OpenClaw's own installer leaves it, answering. The user's systemd runs without a
# login; `loginctl enable-linger` itself is refused in a machine of the lab.
real_gateway_as() {
  # It may be there from the scenario that this one comes after.
  user_systemctl "$1" is-active --quiet openclaw-gateway 2>/dev/null && gateway_answers "$1" && return
  touch "/var/lib/systemd/linger/$1"
  systemctl start "user@$(id -u "$1")"
  sudo -iu "$1" openclaw gateway install </dev/null
  gateway_answers "$1"
}

# Waits until the gateway of a user answers, after its start too. On a busy machine that takes a while.
gateway_answers() {
  for _ in $(seq 8); do
    eventually curl --silent --fail --max-time 1 http://127.0.0.1:18789/health 2>/dev/null && return
  done
  user_systemctl "$1" status openclaw-gateway --no-pager --lines 30 >&2
  return 1
}

# Ollama is restarted, and these lines are in its log.
ollama_logs() {
  printf '%s\n' "$@" >/usr/local/lib/lab-log
  mkdir -p /etc/systemd/system/ollama.service.d
  printf '[Service]\nExecStartPost=/bin/cat /usr/local/lib/lab-log\n' >/etc/systemd/system/ollama.service.d/lab-log.conf
  systemctl daemon-reload
  systemctl restart ollama
  answers 127.0.0.1:11434
  journalctl --sync
}

# A journal of so many megabytes: one part of another service, two of Ollama's own, all of this start.
large_journal() {
  mkdir -p /etc/systemd/journald.conf.d /var/log/journal
  printf '[Journal]\nStorage=persistent\nSystemMaxUse=4G\nRuntimeMaxUse=4G\nRateLimitIntervalSec=0\nCompress=no\n' \
    >/etc/systemd/journald.conf.d/lab.conf
  systemctl restart systemd-journald
  cat >/usr/local/lib/lab-noise.mjs <<'JS'
import { writeSync } from "node:fs";
const text = "x".repeat(600);
for (let line = 0; line < Number(process.argv[2]); line++) {
  const bytes = Buffer.from(`time=2026-11-22T11:00:00Z level=DEBUG source=runner.go:1 msg="${line} ${text} ${line}"\n`);
  for (let at = 0; at < bytes.length; ) {
    try { at += writeSync(1, bytes, at); } catch (error) { if (error.code !== "EAGAIN") throw error; }
  }
}
JS
  # A line takes about 850 bytes of the journal.
  local lines=$(($1 * 1000000 / 850))
  mkdir -p /etc/systemd/system/ollama.service.d
  printf '[Service]\nTimeoutStartSec=infinity\nExecStartPost=/usr/local/bin/node /usr/local/lib/lab-noise.mjs %s\n' \
    $((lines * 2 / 3)) >/etc/systemd/system/ollama.service.d/lab-noise.conf
  systemctl daemon-reload
  systemd-run --quiet --wait --unit lab-other node /usr/local/lib/lab-noise.mjs $((lines / 3))
  systemctl restart ollama
  answers 127.0.0.1:11434
  journalctl --sync
  journalctl --disk-usage
}

# Prints what five looks of the doctor take: wall time, peak of its memory, and the programs that it starts.
measure_doctor() {
  mkdir -p /usr/local/lib/lab-count
  local program
  for program in systemctl journalctl busctl; do
    printf '#!/bin/sh\necho %s >>/run/lab-count\nexec /usr/bin/%s "$@"\n' $program $program >/usr/local/lib/lab-count/$program
    chmod 755 /usr/local/lib/lab-count/$program
  done
  cat >/usr/local/lib/lab-measure.mjs <<'JS'
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
const look = () => new Promise((done) => {
  const start = performance.now();
  const child = spawn("openclaw-doctor", [], { stdio: "ignore" });
  let peak = 0;
  const timer = setInterval(() => {
    try { peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0)); } catch {}
  }, 2);
  child.on("exit", () => { clearInterval(timer); done([performance.now() - start, peak / 1000]); });
});
for (let n = 0; n < 5; n++) {
  const [ms, mb] = await look();
  console.log(`a look: ${ms.toFixed(0)} ms, peak ${mb.toFixed(1)} MB`);
}
JS
  node /usr/local/lib/lab-measure.mjs
  rm -f /run/lab-count
  PATH="/usr/local/lib/lab-count:$PATH" openclaw-doctor >/dev/null || true
  echo "programs started: $(sort /run/lab-count | uniq -c | tr -s ' \n' ' ')"
}

# Whether a program has run for so many seconds.
has_run() { [ "$(ps -o etimes= -C "$1" | sort -n | tail -1)" -ge "$2" ]; }

# Whether systemd has restarted a unit by itself, so many times.
restarted() { [ "$(systemctl show "$1" --property NRestarts --value)" -ge "${2:-1}" ]; }

# Whether the journal of a user's gateway has a line with this text.
gateway_says() { [ -n "$(journalctl _SYSTEMD_USER_UNIT=openclaw-gateway.service --grep "$1" --quiet --output cat)" ]; }

# Whether a user's systemd has restarted the gateway by itself, so many times.
gateway_restarted() { [ "$(user_systemctl "$1" show openclaw-gateway --property NRestarts --value)" -ge "$2" ]; }

# What is written now is older than what is written next, for whoever counts whole seconds.
the_clock_ticks() {
  local now=$EPOCHSECONDS
  while [ "$EPOCHSECONDS" = "$now" ]; do sleep 0.05; done
}

# A disk is full, and stays so: what others free on it, as a gateway does that still starts, is taken again.
goes_on_filling() {
  systemd-run --quiet --unit lab-fill bash -c 'while :; do cat /dev/zero >>"$0/fill"; sleep 0.1; done 2>/dev/null' "$1"
  eventually full "$1"
}

full() { [ "$(df --output=avail "$1" | tail -1)" -eq 0 ]; }

# An Ollama in a container that Docker publishes on a port, with these models: a network of its own behind a
# program by the name and with the arguments of Docker's proxy.
ollama_in_container() {
  local port=$1
  shift
  mkdir -p /var/lib/box
  HOME=/var/lib/box lab-seed "$@"
  ip netns add box
  ip link add docker0 type veth peer name eth0 netns box
  ip addr add 172.17.0.1/24 dev docker0
  ip link set docker0 up
  ip netns exec box ip addr add 172.17.0.2/24 dev eth0
  ip netns exec box ip link set eth0 up
  ip netns exec box ip link set lo up
  systemd-run --quiet --unit box-ollama --property NetworkNamespacePath=/run/netns/box --setenv HOME=/var/lib/box \
    --setenv OLLAMA_HOST=0.0.0.0 /usr/local/bin/ollama serve
  cat >/usr/local/lib/lab-relay.mjs <<'JS'
import { connect, createServer } from "node:net";
const [hostPort, address, port] = ["-host-port", "-container-ip", "-container-port"].map(
  (name) => process.argv[process.argv.indexOf(name) + 1],
);
createServer((client) => {
  const server = connect(port, address);
  client.pipe(server).pipe(client);
  for (const end of [client, server]) end.on("error", () => { client.destroy(); server.destroy(); });
}).listen(hostPort, "0.0.0.0");
JS
  cp /usr/local/bin/node /usr/local/lib/docker-proxy
  systemd-run --quiet --unit box-proxy /usr/local/lib/docker-proxy /usr/local/lib/lab-relay.mjs -proto tcp \
    -host-ip 0.0.0.0 -host-port "$port" -container-ip 172.17.0.2 -container-port 11434
  answers "127.0.0.1:$port"
}

# A second Ollama that root runs on a port, with these models.
ollama_beside() {
  local port=$1
  shift
  lab-seed "$@"
  HOME=/root OLLAMA_HOST=127.0.0.1:$port setsid nohup ollama serve >/root/ollama.log 2>&1 &
  answers "127.0.0.1:$port"
}

# One question to a model, with further fields of the request; its answer is of no interest. At most so many seconds.
asks() {
  curl --silent --max-time "${3:-60}" --output /dev/null http://127.0.0.1:11434/api/chat --data \
    "{\"model\":\"$1\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":false${2:+,$2}}" || true
}

# The models of the lab's registry, for Ollama's service beside those that it has.
more_models() { runuser -u ollama -- env HOME=/usr/share/ollama lab-seed "$@"; }

# The file of a model's weights in the service's store.
weights_of() {
  local store=/usr/share/ollama/.ollama/models
  local manifest=$store/manifests/registry.ollama.ai/library/${1/://}
  echo "$store/blobs/$(grep -o '"application/vnd.ollama.image.model","digest":"[^"]*' "$manifest" | grep -o 'sha256:.*' | tr : -)"
}

# Every load takes so many seconds longer, as from a slow disk.
slow_loads() {
  local program=/usr/local/lib/ollama/llama-server
  mv $program $program.real
  printf '#!/bin/sh\ncase "$*" in *--model*) sleep %s >/dev/null 2>&1 ;; esac\nexec %s.real "$@"\n' "$1" $program >$program
  chmod 755 $program
}

# So many requests to a model at once; those that wait go on waiting.
asks_at_once() {
  for _ in $(seq "$1"); do
    curl --silent --output /dev/null http://127.0.0.1:11434/api/chat \
      --data "{\"model\":\"$2\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":false}" &
  done
}

# A question of so many bytes to the primary, with a context of so many tokens.
asks_with() {
  local text
  text=$(head -c "$1" /dev/zero | tr '\0' a)
  printf '{"model":"llama3.2:3b","messages":[{"role":"user","content":"%s"}],"stream":false,"options":{"num_ctx":%s}}' \
    "$text" "$2" | curl --silent --fail --output /dev/null --data-binary @- http://127.0.0.1:11434/api/chat
}

# Prints one of its words, by the seed of this run; the same on every run of that seed.
pick() {
  local turn hash
  turn=$(cat /run/lab-picks 2>/dev/null || echo 0)
  echo $((turn + 1)) >/run/lab-picks
  hash=$(printf '%s/%s' "$LAB_SEED" "$turn" | cksum | cut -d' ' -f1)
  shift $((hash / 7 % $#))
  printf '%s\n' "$1" >>/run/lab-picked
  printf '%s' "$1"
}

# Changes OpenClaw's config of root: JavaScript that works on `config`. Written as a person's editor would.
edit_config() {
  node -e '
    const { readFileSync, writeFileSync } = require("node:fs");
    const file = "/root/.openclaw/openclaw.json";
    const config = new Function("return (" + readFileSync(file, "utf8") + ")")();
    new Function("config", process.argv[1])(config);
    writeFileSync(file, JSON.stringify(config, null, 2) + "\n");
  ' "$1"
}

# A setting of Ollama's service that it may not start with. Returns when it has had time to show.
ollama_setting_now() {
  ollama_setting "$@" || true
  sleep 3
}

# A certificate for nginx, signed by an authority of this machine's own that nothing trusts. Further words are for `openssl x509`.
certificate_of() {
  local names=$1
  shift
  mkdir -p /etc/nginx/tls
  cd /etc/nginx/tls
  openssl req -x509 -newkey rsa:2048 -noenc -days 30 -subj '/CN=Lab authority' -keyout ca.key -out ca.pem 2>/dev/null
  openssl req -newkey rsa:2048 -noenc -subj /CN=ollama -keyout server.key -out server.csr 2>/dev/null
  [ $# -gt 0 ] || set -- -days 30
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial "$@" \
    -extfile <(printf 'subjectAltName=%s\n' "$names") -out server.pem 2>/dev/null
  cd
}

# The same, of an authority that the environment of this machine names to Node.
trusted_certificate_of() {
  certificate_of "$@"
  echo NODE_EXTRA_CA_CERTS=/etc/nginx/tls/ca.pem >>/etc/environment
  cp /etc/nginx/tls/ca.pem /usr/local/share/ca-certificates/lab.crt
  update-ca-certificates >/dev/null 2>&1
}

# A certificate for nginx that vouches for itself.
self_signed_certificate_of() {
  mkdir -p /etc/nginx/tls
  openssl req -x509 -newkey rsa:2048 -noenc -days 30 -subj /CN=ollama -addext "subjectAltName=$1" \
    -keyout /etc/nginx/tls/server.key -out /etc/nginx/tls/server.pem 2>/dev/null
}

# nginx with TLS before Ollama, at https://ollama.example.com:8443, with the certificate made before.
tls_before_ollama() {
  echo "$1 ollama.example.com" >>/etc/hosts
  rm -f /etc/nginx/sites-enabled/*
  cat >/etc/nginx/conf.d/ollama.conf <<'CONF'
server {
  listen 8443 ssl;
  ssl_certificate /etc/nginx/tls/server.pem;
  ssl_certificate_key /etc/nginx/tls/server.key;
  location / { proxy_pass http://127.0.0.1:11434; proxy_set_header Host localhost:11434; proxy_read_timeout 15m; }
}
CONF
  nginx -q -t
  systemctl restart nginx
}
