use serde_json::{json, Value};

use super::record::{call, chain, with};
use crate::show::draw::draw;
use crate::show::glyphs::{width, Glyphs, ASCII, UNICODE};
use crate::show::id::WantedId;
use crate::show::layout::layout;
use crate::show::read::Chain;
use crate::show::screen::Screen;

fn screen(glyphs: &'static Glyphs, columns: usize, rows: Option<usize>) -> Screen {
    Screen { columns, rows, glyphs, has_colors: false }
}

fn picture(record: &str, screen: &Screen, wanted: Option<&WantedId>) -> String {
    let chain = Chain::read(Some(record.as_bytes())).unwrap();
    draw(&chain, &layout(&chain, screen, wanted), screen)
}

fn critical(share_ms: i64) -> Value {
    json!({ "critical_msec": share_ms })
}

/// A shop: one call is doubtful, one outlives the root.
fn shop() -> String {
    chain(&[
        with(call("shop", None, 0, 480), &json!({"src": "client", "self_msec": 60, "critical_msec": 60})),
        with(call("cart", Some(("shop", 1)), 20, 140), &json!({"src": "shop", "critical_msec": 120})),
        with(call("stock", Some(("cart", 2)), 30, 90), &json!({"src": "cart", "confidence": 0.629})),
        with(call("pay", Some(("shop", 1)), 140, 440), &json!({"src": "shop", "critical_msec": 300})),
        with(call("bank", Some(("pay", 2)), 150, 430), &json!({"src": "pay", "critical_msec": 280})),
        with(call("mail", Some(("shop", 1)), 440, 500), &json!({"src": "shop"})),
    ])
}

/// A root with so many calls one after the other.
fn fan(calls: usize) -> String {
    let root = with(call("root", None, 0, 1000), &critical(10));
    let child = |number: usize| {
        let start_ms = number as i64 * 10;
        with(call(&format!("c{number}"), Some(("root", 1)), start_ms, start_ms + 10), &critical(10))
    };
    chain(&std::iter::once(root).chain((0..calls).map(child)).collect::<Vec<_>>())
}

#[test]
fn a_chain_is_drawn_as_a_tree_beside_bars() {
    assert_eq!(picture(&shop(), &screen(&UNICODE, 80, None), None), include_str!("shop.txt").trim_end());
}

#[test]
fn a_chain_is_drawn_in_ascii() {
    let drawn = picture(&shop(), &screen(&ASCII, 80, None), None);
    assert_eq!(drawn, include_str!("shop-ascii.txt").trim_end());
}

#[test]
fn a_long_chain_is_shortened_in_the_middle_and_the_call_of_an_id_stays() {
    let wanted = WantedId::for_test("c50");
    let drawn = picture(&fan(100), &screen(&UNICODE, 60, Some(9)), Some(&wanted));
    assert_eq!(drawn, include_str!("fan.txt").trim_end());
    let rows = drawn.lines().count() - 2;
    assert!(rows <= 9, "{rows}");
}

#[test]
fn no_line_is_wider_than_the_screen() {
    let names: Vec<String> = (0..60).map(|depth| format!("服务-service-with-a-long-name-{depth}")).collect();
    let mut calls = vec![call(&names[0], None, 0, 9000)];
    for (depth, pair) in (1..).zip(names.windows(2)) {
        let [above, name] = pair else { unreachable!("windows of two") };
        calls.push(call(name, Some((above, depth)), i64::from(depth), 9000));
    }
    let deep = chain(&calls);
    for record in [&deep, &shop(), &fan(30)] {
        for (glyphs, columns) in [(&UNICODE, 60), (&ASCII, 60), (&UNICODE, 79), (&ASCII, 200)] {
            let drawn = picture(record, &screen(glyphs, columns, None), None);
            for line in drawn.lines().skip(1) {
                assert!(width(line) <= columns, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn a_chain_in_no_time_has_bars_all_the_same() {
    let drawn = picture(&chain(&[call("a", None, 5, 5)]), &screen(&UNICODE, 60, None), None);
    assert!(drawn.lines().last().unwrap().ends_with("  ▏"), "{drawn}");
}

#[test]
fn a_probability_is_cut_so_that_it_never_looks_better_than_it_is() {
    use crate::show::layout::probability;
    let cut = [1.0, 0.999, 0.8999, 0.29, 0.004, 0.0].map(probability);
    assert_eq!(cut, ["1.00", "0.99", "0.89", "0.29", "<0.01", "0.00"]);
}
