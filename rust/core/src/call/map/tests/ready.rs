//! The maps that are there by name.

use super::*;

const ENVOY: &str = r#"{"start_time":"2026-11-28T04:43:29.694Z","duration":12,"request_id":"6f1c","upstream_host":"10.1.0.7:9080","downstream_remote_address":"10.1.0.4:40658","downstream_local_address":"10.96.0.9:9080","method":"GET","path":"/cart","response_code":200,"response_flags":"-","upstream_cluster":"outbound|9080||cart.shop.svc.cluster.local","authority":"cart:9080","requested_server_name":null}"#;
const HUBBLE: &str = r#"{"flow":{"time":"2026-11-28T04:43:29.694500123Z","uuid":"0f8fad5b-d9cb-469f-a165-70867728950e","verdict":"FORWARDED","IP":{"source":"10.1.0.7","destination":"10.1.0.4","ipVersion":"IPv4"},"l4":{"TCP":{"source_port":9080,"destination_port":40658}},"Type":"L7","node_name":"n1","l7":{"type":"RESPONSE","latency_ns":"12400123","http":{"code":200,"method":"GET","url":"http://cart:9080/cart"}},"is_reply":true},"node_name":"n1","time":"2026-11-28T04:43:29.694500123Z"}"#;
const ZIPKIN: &str = r#"{"traceId":"5af7183fb1d4cf5f","parentId":"6b221d5bc9e6496c","id":"352bff9a74ca9ad2","kind":"CLIENT","name":"get /cart","timestamp":1795841009694900,"duration":12400,"localEndpoint":{"serviceName":"shop","ipv4":"10.1.0.4"},"remoteEndpoint":{"serviceName":"cart","ipv4":"10.1.0.7","port":9080},"tags":{"http.method":"GET"}}"#;
const OTLP: &str = r#"{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"","name":"GET /cart","kind":2,"startTimeUnixNano":"1795841009694900000","endTimeUnixNano":"1795841009707300000","attributes":[{"key":"server.address","value":{"stringValue":"cart"}},{"key":"network.peer.address","value":{"stringValue":"10.1.0.4"}},{"key":"network.local.address","value":{"stringValue":"10.1.0.7"}}],"status":{}}"#;

#[test]
fn each_ready_map_reads_what_its_program_writes() {
    let call =
        |id: &str, times: &str| format!(r#"{{"id":"{id}","src_ip":"10.1.0.4","dst_ip":"10.1.0.7",{times}}}"#);
    let limits = Limits { pass_through: false, ..LIMITS };
    for (name, record, expected) in [
        (
            "envoy",
            ENVOY,
            call(
                "6f1c/10.1.0.4:40658/2026-11-28T04:43:29.694Z",
                r#""start_at_ms":1795841009694,"latency_msec":12,"end_at_ms":1795841009706"#,
            )
            .replace("10.1.0.4\"", "10.1.0.4:40658\"")
            .replace("10.1.0.7\"", "10.1.0.7:9080\""),
        ),
        (
            "hubble",
            HUBBLE,
            call(
                "0f8fad5b-d9cb-469f-a165-70867728950e",
                r#""start_at_ms":1795841009682,"latency_msec":12.400123,"end_at_ms":1795841009694.500123"#,
            ),
        ),
        (
            "zipkin",
            ZIPKIN,
            call(
                "5af7183fb1d4cf5f/352bff9a74ca9ad2",
                r#""start_at_ms":1795841009694.9,"latency_msec":12.4,"end_at_ms":1795841009707"#,
            ),
        ),
        (
            "otlp",
            OTLP,
            call(
                "5b8efff798038103d269b633813fc60c/eee19b7ec3c1b174",
                r#""start_at_ms":1795841009694.9,"end_at_ms":1795841009707.3"#,
            ),
        ),
    ] {
        let mut call = Vec::new();
        Mapping::read(name).unwrap().rewrite(record.as_bytes(), &limits, &mut call).unwrap();
        assert_eq!(String::from_utf8(call).unwrap(), expected);
        assert!(mapped(name, record, &limits).is_ok(), "{name}");
        assert_eq!(of_record(record), Some(name));
    }
    assert!(READY.iter().all(|ready| Mapping::read(ready.text()).is_ok()));
}

fn of_record(record: &str) -> Option<&'static str> {
    let record: serde_json::Value = serde_json::from_str(record).unwrap();
    let has = |path: &str| path.split('.').try_fold(&record, |value, name| value.get(name)).is_some();
    Ready::of_names(has).map(|ready| ready.name)
}

#[test]
fn both_ends_of_a_call_name_it_the_same_way() {
    let server = ZIPKIN
        .replace("CLIENT", "SERVER")
        .replace("localEndpoint", "x")
        .replace("remoteEndpoint", "localEndpoint")
        .replace("\"x\"", "\"remoteEndpoint\"");
    assert_eq!(
        rewritten("zipkin", &server).split(",\"start").next(),
        rewritten("zipkin", ZIPKIN).split(",\"start").next()
    );
    let client = OTLP
        .replace("\"kind\":2", "\"kind\":3")
        .replace("network.peer", "x")
        .replace("network.local", "network.peer")
        .replace("\"x.", "\"network.local.");
    assert_eq!(
        rewritten("otlp", &client).split(",\"start").next(),
        rewritten("otlp", OTLP).split(",\"start").next()
    );
}

#[test]
fn what_is_no_call_of_two_hosts_is_invalid() {
    let request = HUBBLE.replace("RESPONSE", "REQUEST").replace(r#""latency_ns":"12400123","#, "");
    assert_eq!(detail("hubble", &request), "src_ip is missing");
    assert_eq!(detail("zipkin", &ZIPKIN.replace("\"kind\":\"CLIENT\",", "")), "src_ip is missing");
    assert_eq!(detail("otlp", &OTLP.replace("\"kind\":2", "\"kind\":1")), "src_ip is missing");
    let list = format!("[{ZIPKIN}]");
    assert!(detail("zipkin", &list).starts_with("the record is not a JSON object: invalid type: sequence"));
}
