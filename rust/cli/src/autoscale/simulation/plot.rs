//! The courses of the simulation as a picture: `docs/autoscale.svg`.

use std::path::Path;

use plotters::prelude::*;

use super::load::{Load, LOADS};
use super::policies::{Operator, Ours};
use super::{simulate, Moment, DAY_S, SUBTASK_PER_S, TICK_S};

type Drawn<T> = Result<T, Box<dyn std::error::Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
/// Days, and what is drawn over them.
type Curve = Vec<(f64, f64)>;

const SIZE: (u32, u32) = (960, 1_250);
/// Points of a curve, each of which stands for a stretch of time.
const POINTS: usize = 240;
const NEEDED: RGBColor = RGBColor(0xaf, 0xb8, 0xc1);
const OURS: RGBColor = RGBColor(0x1f, 0x6f, 0xeb);
const OPERATOR: RGBColor = RGBColor(0xbf, 0x5b, 0x04);

/// What is true of each stretch of time.
fn curve(course: &[Moment], of_stretch: fn(&[Moment]) -> f64) -> Curve {
    let stretch = course.len().div_ceil(POINTS);
    let day = |number: usize| (number * stretch) as f64 * TICK_S as f64 / DAY_S as f64;
    course.chunks(stretch).enumerate().map(|(number, moments)| (day(number), of_stretch(moments))).collect()
}

/// Subtasks that the input would fill, on the average.
fn filled(moments: &[Moment]) -> f64 {
    let input_per_s: f64 = moments.iter().map(|moment| moment.input_per_s).sum();
    input_per_s / moments.len() as f64 / SUBTASK_PER_S
}

/// At most.
fn subtasks(moments: &[Moment]) -> f64 {
    moments.iter().map(|moment| f64::from(moment.parallelism)).fold(0.0, f64::max)
}

/// At worst.
fn behind_min(moments: &[Moment]) -> f64 {
    moments.iter().map(|moment| moment.behind_s / 60.0).fold(0.0, f64::max)
}

fn draw_panel(area: &Area<'_>, title: &str, days: u64, curves: &[(RGBColor, Curve)]) -> Drawn<()> {
    let highest = curves.iter().flat_map(|(_, curve)| curve).map(|point| point.1).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 14))
        .margin(8)
        .x_label_area_size(22)
        .y_label_area_size(42)
        .build_cartesian_2d(0.0..days as f64, 0.0..highest * 1.05)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .y_labels(5)
        .x_label_formatter(&|day| format!("{day:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()?;
    for (color, curve) in curves {
        chart.draw_series(LineSeries::new(curve.iter().copied(), color.stroke_width(2)))?;
    }
    Ok(())
}

fn draw_load(area: &Area<'_>, load: &Load) -> Drawn<()> {
    let (ours, operator) = (simulate(load, &mut Ours::default()), simulate(load, &mut Operator::default()));
    let (left, right) = area.split_horizontally(SIZE.0 / 2);
    let sizes = [
        (NEEDED, curve(&ours.course, filled)),
        (OPERATOR, curve(&operator.course, subtasks)),
        (OURS, curve(&ours.course, subtasks)),
    ];
    draw_panel(&left, &format!("{}: subtasks, over days", load.name), load.days, &sizes)?;
    let delays = [(OPERATOR, curve(&operator.course, behind_min)), (OURS, curve(&ours.course, behind_min))];
    draw_panel(&right, &format!("{}: minutes behind", load.name), load.days, &delays)
}

fn draw() -> Drawn<String> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (head, panels) = root.split_vertically(30);
        let legend =
            [(OURS, "callweave"), (OPERATOR, "the operator"), (NEEDED, "as many as the input alone fills")];
        for (number, (color, name)) in legend.into_iter().enumerate() {
            let (left, middle) = (50 + 150 * number as i32, 16);
            head.draw(&Rectangle::new([(left, middle - 2), (left + 24, middle + 2)], color.filled()))?;
            head.draw(&Text::new(name, (left + 32, middle - 7), ("sans-serif", 14)))?;
        }
        for (area, load) in panels.split_evenly((LOADS.len(), 1)).iter().zip(LOADS) {
            draw_load(area, load)?;
        }
        root.present()?;
    }
    Ok(text)
}

#[test]
fn the_picture_in_the_docs_is_what_the_simulation_gives() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/autoscale.svg");
    let picture = draw().unwrap();
    if std::env::var_os("CALLWEAVE_BLESS").is_some() {
        std::fs::write(&file, &picture).unwrap();
    }
    let drawn = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        drawn == picture,
        "docs/autoscale.svg is of another simulation; CALLWEAVE_BLESS=1 cargo test -p callweave --lib autoscale \
         draws it anew"
    );
}
