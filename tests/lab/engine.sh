# Functions for the break snippets of scenarios with `engine = "docker"`. They stand behind those of prelude.sh.

# An image that has users, a home and a few links of its own; the programs are those of the machine, mounted read-only.
# What is imported is small, so that it takes a moment: `openclaw:local` as OpenClaw's Compose file calls it.
container_image() {
  docker image inspect openclaw:local >/dev/null 2>&1 && return
  local root=/var/lib/lab-container
  mkdir -p $root/{etc,usr,app,dev,proc,sys,run,var/tmp,root} $root/home/node
  install -d -m 1777 $root/tmp
  local link
  for link in bin sbin lib lib64; do ln -sfn usr/$link $root/$link; done
  # The `init: true` of the Compose file, which Docker mounts under the /usr of the machine.
  ln -f "$(readlink -f "$(command -v docker-init || command -v tini-static)")" /usr/sbin/docker-init
  printf 'root:x:0:0:root:/root:/bin/bash\nnode:x:1000:1000::/home/node:/bin/bash\n' >$root/etc/passwd
  printf 'root:x:0:\nnode:x:1000:\n' >$root/etc/group
  printf 'passwd: files\ngroup: files\nhosts: files dns\n' >$root/etc/nsswitch.conf
  cp -r --parents /etc/ssl/certs /etc/ssl/openssl.cnf /etc/ld.so.cache /etc/debian_version /etc/os-release $root 2>/dev/null || true
  chown -R 1000:1000 $root/home/node
  tar -C $root -c . | docker import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'WORKDIR /app' - openclaw:local >/dev/null
}

# The directory and the settings that OpenClaw's scripts/docker/setup.sh leaves on a server, for root. The Compose file is
# that of OpenClaw's repository in what the docs tell of it: state in /home/node/.openclaw, published port, host's name.
# `-` leaves the host's name out; sed's commands in `edit_env` and `edit_compose` change the two files.
compose_project() {
  local state=/root/.openclaw hosts='    extra_hosts: ["host.docker.internal:host-gateway"]'
  if [ "${1:-}" = - ]; then hosts= && shift; fi
  mkdir -p /root/openclaw
  cat >/root/openclaw/.env <<ENV
OPENCLAW_CONFIG_DIR=$state
OPENCLAW_GATEWAY_TOKEN=lab-token
OPENCLAW_GATEWAY_PORT=18789
OPENCLAW_GATEWAY_BIND=lan
OPENCLAW_IMAGE=openclaw:local
OLLAMA_API_KEY=ollama-local
ENV
  cat >/root/openclaw/docker-compose.yml <<YAML
services:
  openclaw-gateway:
    image: \${OPENCLAW_IMAGE:-openclaw:local}
    user: node
    environment:
      HOME: /home/node
      TERM: xterm-256color
      OPENCLAW_GATEWAY_TOKEN: \${OPENCLAW_GATEWAY_TOKEN:-}
      OLLAMA_API_KEY: \${OLLAMA_API_KEY:-}
    volumes:
      - \${OPENCLAW_CONFIG_DIR}:/home/node/.openclaw
      - /usr:/usr:ro
      - /usr/local/lib/node_modules/openclaw:/app:ro
      - /var/cache/node-compile-cache:/tmp/node-compile-cache
    ports: ["127.0.0.1:\${OPENCLAW_GATEWAY_PORT:-18789}:18789"]
    init: true
    restart: unless-stopped
    command: ["node", "dist/index.js", "gateway", "--bind", "\${OPENCLAW_GATEWAY_BIND:-lan}", "--port", "18789"]
$hosts
YAML
  sed -i "${edit_env:-}" /root/openclaw/.env
  sed -i "${edit_compose:-}" /root/openclaw/docker-compose.yml
  # The setup script gives the state to the user of the container.
  rm -f $state/.env
  chown -R 1000:1000 $state
}

# OpenClaw's config for the container, with this base URL.
config_in_docker() {
  install -o 1000 -g 1000 -m 600 /dev/stdin /root/.openclaw/openclaw.json <<JSON
{
  "gateway": { "mode": "local", "bind": "lan" },
  "agents": { "defaults": { "model": { "primary": "ollama/llama3.2:3b" } } },
  "models": { "providers": { "ollama": {
    "baseUrl": "$1", "api": "ollama", "apiKey": "\${OLLAMA_API_KEY}",
    "models": [
      { "id": "llama3.2:3b", "name": "Llama 3.2 3B", "input": ["text"], "contextWindow": 131072, "contextTokens": 32768 },
      { "id": "qwen3:8b", "name": "Qwen 3 8B", "reasoning": true, "input": ["text"], "contextWindow": 40960, "contextTokens": 32768 }
    ]
  } } }
}
JSON
}

compose() { (cd /root/openclaw && docker compose --ansi never "$@"); }

# Whether the engine has started a container again by itself.
docker_restarted() { [ "$(docker inspect --format '{{.RestartCount}}' "$1")" -ge 1 ]; }

# Whether the gateway's port answers on the machine.
docker_gateway_answers() {
  for _ in $(seq 8); do
    eventually curl --silent --fail --max-time 1 http://127.0.0.1:18789/healthz 2>/dev/null && return
  done
  compose ps -a >&2
  compose logs --tail 40 >&2
  return 1
}

# The real gateway in a container, as OpenClaw's Compose file starts it, answering. What is given is the base URL, then
# what `compose_project` takes.
gateway_in_docker() {
  local url=$1
  shift
  eventually docker version
  container_image
  compose_project "$@"
  config_in_docker "$url"
  compose up -d openclaw-gateway 2>&1
  docker_gateway_answers
}

# Ollama on the machine listens where containers reach it, and the firewall keeps all others away, as the docs say.
ollama_for_containers() {
  ollama_setting "OLLAMA_HOST=0.0.0.0"
  nft -f - <<'NFT'
table inet lab {
  chain input {
    type filter hook input priority 10; policy accept;
    iifname "host0" tcp dport 11434 drop
  }
}
NFT
  answers 127.0.0.1:11434
}

# Ollama in a container and none on the machine, as its documentation starts it; what is given goes before the image.
# Its store is a volume with two models.
ollama_in_docker() {
  systemctl disable --now ollama
  eventually docker version
  container_image
  docker volume create ollama >/dev/null
  docker run --rm -v ollama:/root/.ollama -v /usr:/usr:ro -v /usr/local/share:/usr/local/share:ro -e HOME=/root openclaw:local \
    lab-seed llama3.2:3b qwen3:8b
  docker run -d -v /usr:/usr:ro -e HOME=/root -e OLLAMA_HOST=0.0.0.0 --restart unless-stopped --name ollama "$@" \
    openclaw:local ollama serve >/dev/null
}

# From now on the doctor is run by the command given.
doctor_by() {
  mv /usr/local/bin/openclaw-doctor /usr/local/lib/lab-doctor
  printf '#!/bin/sh\nexec %s /usr/local/lib/lab-doctor "$@"\n' "$*" >/usr/local/bin/openclaw-doctor
  chmod 755 /usr/local/bin/openclaw-doctor
}

# A real turn by the gateway in the container: the model's words come back. (`--local` is refused beside a gateway.)
agent_turn_in_docker() {
  docker exec openclaw-openclaw-gateway-1 timeout 200 openclaw agent --agent main --message hi
}
