//! Maps for what other programs write, in the language of maps.

/// A ready map.
#[derive(Debug, PartialEq, Eq)]
pub struct Ready {
    /// What it is called.
    pub name: &'static str,
    /// What it is for.
    pub of: &'static str,
    text: &'static str,
    /// Paths, without quotes, at which such a record has something, by which it is recognised.
    names: &'static [&'static str],
}

/// An access log of Envoy in JSON with the names that Istio gives, or those of Envoy Gateway. The id of a
/// request goes along the whole chain, so the connection and the time make it the id of a call.
const ENVOY: &str = "id=request_id+downstream_remote_address+start_time\
    |x-request-id+downstream_remote_address+start_time,\
    src_ip=downstream_remote_address,dst_ip=upstream_host,\
    start_at_ms=start_time:iso8601,latency_msec=duration";

/// A flow of layer 7 that Hubble exports. That of the response has the latency and the time of the end, and
/// goes from the one that was called to the caller.
const HUBBLE: &str = "id=flow.uuid,\
    src_ip=flow.IP.destination?flow.l7.type=RESPONSE,dst_ip=flow.IP.source?flow.l7.type=RESPONSE,\
    end_at_ms=flow.time:iso8601,latency_msec=flow.l7.latency_ns:ns";

/// A span of Zipkin, version 2: that of a client or of a server that names the other.
const ZIPKIN: &str = "id=traceId+id,\
    src_ip=localEndpoint.ipv4?kind=CLIENT|localEndpoint.ipv6?kind=CLIENT\
    |remoteEndpoint.ipv4?kind=SERVER|remoteEndpoint.ipv6?kind=SERVER,\
    dst_ip=remoteEndpoint.ipv4?kind=CLIENT|remoteEndpoint.ipv6?kind=CLIENT\
    |localEndpoint.ipv4?kind=SERVER|localEndpoint.ipv6?kind=SERVER,\
    start_at_ms=timestamp:us,latency_msec=duration:us";

/// A span of OTLP as JSON, with its resource beside its own fields where that has the address of the host. The
/// other attributes are those of the semantic conventions, the older ones last; addresses come before names.
const OTLP: &str = "id=traceId+spanId,\
    src_ip=attributes[key='network.local.address'].value.stringValue?kind=3\
    |attributes[key='net.sock.host.addr'].value.stringValue?kind=3\
    |attributes[key='net.host.ip'].value.stringValue?kind=3\
    |resource.attributes[key='k8s.pod.ip'].value.stringValue?kind=3\
    |resource.attributes[key='host.ip'].value.arrayValue.values.0.stringValue?kind=3\
    |attributes[key='network.peer.address'].value.stringValue?kind=2\
    |attributes[key='net.sock.peer.addr'].value.stringValue?kind=2\
    |attributes[key='net.peer.ip'].value.stringValue?kind=2\
    |attributes[key='client.address'].value.stringValue?kind=2,\
    dst_ip=attributes[key='network.peer.address'].value.stringValue?kind=3\
    |attributes[key='net.sock.peer.addr'].value.stringValue?kind=3\
    |attributes[key='net.peer.ip'].value.stringValue?kind=3\
    |attributes[key='server.address'].value.stringValue?kind=3\
    |attributes[key='net.peer.name'].value.stringValue?kind=3\
    |attributes[key='network.local.address'].value.stringValue?kind=2\
    |attributes[key='net.sock.host.addr'].value.stringValue?kind=2\
    |attributes[key='net.host.ip'].value.stringValue?kind=2\
    |resource.attributes[key='k8s.pod.ip'].value.stringValue?kind=2\
    |resource.attributes[key='host.ip'].value.arrayValue.values.0.stringValue?kind=2,\
    start_at_ms=startTimeUnixNano:ns,end_at_ms=endTimeUnixNano:ns";

/// All of them.
pub static ALL: [Ready; 4] = [
    Ready {
        name: "envoy",
        of: "an access log of Envoy or Istio",
        text: ENVOY,
        names: &["start_time", "duration", "upstream_host", "downstream_remote_address"],
    },
    Ready { name: "hubble", of: "a flow of Hubble", text: HUBBLE, names: &["flow.IP", "flow.time"] },
    Ready {
        name: "zipkin",
        of: "a span of Zipkin",
        text: ZIPKIN,
        names: &["traceId", "id", "timestamp", "duration", "localEndpoint"],
    },
    Ready {
        name: "otlp",
        of: "a span of OTLP",
        text: OTLP,
        names: &["traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano"],
    },
];

impl Ready {
    /// The map as a user would write it.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// The ready map of a record that has something at these paths, of names with dots between.
    pub fn of_names(has: impl Fn(&str) -> bool) -> Option<&'static Self> {
        ALL.iter().find(|ready| ready.names.iter().all(|name| has(name)))
    }
}

/// The map of this name.
pub(super) fn text(name: &str) -> Option<&'static str> {
    ALL.iter().find(|ready| ready.name == name).map(Ready::text)
}

/// What a map may be.
pub(super) fn wanted() -> String {
    let names: Vec<&str> = ALL.iter().map(|ready| ready.name).collect();
    format!("{} or FIELD=PATH,…", names.join(", "))
}
