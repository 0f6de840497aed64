# shellcheck shell=bash
# A further listener of the broker, for tests: it lets in only who speaks TLS, shows a certificate and
# logs in with PLAIN or SCRAM-SHA-512. Keys and certificates are made by the JDK's keytool.

secure_user=callweave

# make_secure_listener PORT: below run_folder/secure. Sets secure_bootstrap, secure_config (properties of a
# client that may come in), secure_scram (the user, for the tool that formats the broker's folder) and
# writes run_folder/secure/server.properties.
make_secure_listener() {
  local folder=$run_folder/secure
  secure_bootstrap=127.0.0.1:$1
  secure_config=$folder/client.properties
  rm -rf "$folder"
  mkdir -p "$folder"
  # Each is another one, so that a test can tell which of them it sees.
  local login broker_password trust_password client_password
  login=$(new_password login)
  broker_password=$(new_password broker)
  trust_password=$(new_password truststore)
  client_password=$(new_password keystore)
  secure_scram="SCRAM-SHA-512=[name=$secure_user,password=$login]"
  make_key broker "$broker_password"
  make_key client "$client_password"
  trust broker "$broker_password" client "$trust_password"
  trust client "$client_password" broker "$broker_password"
  # Certificates that say nothing about the broker.
  trust client "$client_password" wrong "$trust_password"
  local security=org.apache.kafka.common.security listener=listener.name.secure
  cat >"$folder/server.properties" <<EOF
$listener.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
$listener.plain.sasl.jaas.config=$security.plain.PlainLoginModule required user_$secure_user="$login";
$listener.scram-sha-512.sasl.jaas.config=$security.scram.ScramLoginModule required;
$listener.ssl.client.auth=required
$listener.ssl.keystore.location=$folder/broker.keys
$listener.ssl.keystore.type=PKCS12
$listener.ssl.keystore.password=$broker_password
$listener.ssl.key.password=$broker_password
$listener.ssl.truststore.location=$folder/broker.trust
$listener.ssl.truststore.type=PKCS12
$listener.ssl.truststore.password=$broker_password
EOF
  cat >"$secure_config" <<EOF
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=$security.scram.ScramLoginModule required \\
  username="$secure_user" password="$login";
ssl.truststore.location=$folder/client.trust
ssl.truststore.type=PKCS12
ssl.truststore.password=$trust_password
ssl.keystore.location=$folder/client.keys
ssl.keystore.type=PKCS12
ssl.keystore.password=$client_password
ssl.key.password=$client_password
EOF
}

new_password() {
  echo "$1-$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')"
}

# make_key SIDE PASSWORD: a key with a certificate for the loopback's address, not for its name.
make_key() {
  run_keytool -genkeypair -alias "$1" -keyalg RSA -keysize 2048 -dname "CN=$1" -ext san=ip:127.0.0.1 \
    -validity 2 -keystore "$run_folder/secure/$1.keys" -storetype PKCS12 -storepass "$2" -keypass "$2"
}

# trust WHOM WHOSE_PASSWORD WHO PASSWORD: puts the certificate of the one side into WHO.trust.
trust() {
  local folder=$run_folder/secure
  run_keytool -exportcert -alias "$1" -keystore "$folder/$1.keys" -storepass "$2" -file "$folder/$1.crt"
  run_keytool -importcert -noprompt -alias "$1" -file "$folder/$1.crt" -keystore "$folder/$3.trust" \
    -storetype PKCS12 -storepass "$4"
}

run_keytool() {
  run_command "$JAVA_HOME/bin/keytool" "$@" >"$run_folder/log/keytool.out" 2>&1 || {
    show_tail "$run_folder/log/keytool.out"
    die "keytool $1 failed: see above"
  }
}
