//! Proportions, sizes, mismatches and arms by command: the published numbers, and what is refused.
//!
//! Sources stand beside the numbers; `docs/methods.md` has the formulas. No test here has a database.

mod support;

use serde_json::json;
use support::calc::{calc, json_of, keys, printed, refused};

#[test]
fn proportions_have_the_published_intervals() {
    // Newcombe 1998, Statistics in Medicine 17:857-872, table I, and 17:873-890, table II
    for (share, lower, upper) in
        [("15/148", 0.0624, 0.1605), ("0/20", 0.0, 0.1611), ("8/10", 0.4902, 0.9433)]
    {
        let got = json_of(&format!("wilson {share}"), "");
        assert_eq!(keys(&got), ["estimate", "lower", "upper"]);
        printed(&got["lower"], lower, 4);
        printed(&got["upper"], upper, 4);
    }
    for (arms, lower, upper) in [
        ("56/70 48/80", 0.0524, 0.3339),
        ("9/10 3/10", 0.1705, 0.8090),
        ("6/7 2/7", 0.0582, 0.8062),
        ("5/56 0/29", -0.0381, 0.1926),
    ] {
        let got = json_of(&format!("newcombe {arms}"), "");
        assert_eq!(keys(&got), ["estimate", "lower", "upper"]);
        printed(&got["lower"], lower, 4);
        printed(&got["upper"], upper, 4);
    }
}

#[test]
fn sizes_powers_and_mismatches_are_the_published_ones() {
    // R, ?power.prop.test
    let got = json_of("sample-size --p1 .50 --p2 .75 --power .90", "");
    assert_eq!(keys(&got), ["n1", "n2"]);
    printed(&got["n1"], 76.7, 1);
    printed(&got["n2"], 76.7, 1);
    let got = json_of("power --p1 .50 --p2 .75 --n1 50 --n2 50", "");
    assert_eq!(keys(&got), ["power"]);
    printed(&got["power"], 0.740, 3);
    let got = json_of("sample-size --p1 .10 --p2 .12 --ratio 0.25", "");
    let (n1, n2) = (got["n1"].as_f64().unwrap(), got["n2"].as_f64().unwrap());
    printed(&json!(n2 / n1), 0.25, 12);
    let back = json_of(&format!("power --p1 .10 --p2 .12 --n1 {n1} --n2 {n2}"), "");
    printed(&back["power"], 0.8, 9);
    // Recomputed with 30 digits
    let got = json_of("srm 4072 2035 --planned 80:20", "");
    assert_eq!(keys(&got), ["chi2", "p"]);
    printed(&got["chi2"], 677.4449, 4);
    let p = got["p"].as_f64().unwrap();
    assert!((p - 2.40e-149).abs() <= 0.005e-149, "{p}");
    let got = json_of("srm 520 480 --planned 50:50", "");
    printed(&got["chi2"], 1.6, 12);
    printed(&got["p"], 0.2059, 4);
}

#[test]
fn impossible_counts_and_plans_are_refused() {
    for (words, wanted) in [
        ("wilson 9/8", "9 of 8 is more than all"),
        ("wilson 0/0", "0 customers"),
        ("wilson 1.5/8", "1.5/8 is not so many of so many"),
        ("wilson -1/3", "-1/3 is not so many of so many"),
        ("newcombe 1/2 -1/3", "-1/3 is not so many of so many"),
        ("wilson x", "x is not so many of so many"),
        ("newcombe 1/2 3/2", "3 of 2 is more than all"),
        ("sample-size --p1 .5 --p2 .5", "equal"),
        ("sample-size --p1 -0.5 --p2 .5", "between 0 and 1"),
        ("sample-size --p1 .5 --p2 nan", "between 0 and 1"),
        ("sample-size --p1 .5 --p2 .6 --power 1", "power"),
        ("sample-size --p1 .5 --p2 .6 --ratio 0", "ratio"),
        ("power --p1 0 --p2 0 --n1 5 --n2 5", "nothing varies"),
        ("power --p1 .1 --p2 .2 --n1 0 --n2 5", "more than 0 customers"),
        ("srm 0 0 --planned 50:50", "nobody"),
        ("srm -5 10 --planned 50:50", "-5 is not a whole number"),
        ("srm 5 10 --planned 50", "50 is not a plan"),
        ("srm 5 10 --planned 50:0", "planned parts"),
    ] {
        let said = refused(words, "");
        assert!(said.contains(wanted), "{words}: {said}");
    }
    let (_dir, run) = calc("sample-size --p1 .5 --p2 x", "");
    run.fails(2);
}

#[test]
fn arms_are_compared_with_and_without_what_they_had_before() {
    // GrowthBook's test of its statistics: both arms alike
    let rows = |arm: &str| format!("{arm},.3,2\n{arm},.5,1\n{arm},.9,5\n{arm},22,3\n");
    let file = format!("arm,pre,post\n{}{}", rows("treated"), rows("control"));
    let got = json_of("cuped FILE", &file);
    assert_eq!(keys(&got), ["theta", "raw", "adjusted", "se", "lower", "upper"]);
    printed(&got["theta"], 0.01864, 5);
    printed(&got["adjusted"], 0.0, 12);
    // R, t.test(extra ~ group, data = sleep)
    let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    let rows =
        |arm: &str, values: [f64; 10]| values.map(|value| format!("{value},{arm}\n")).concat();
    let file = format!("post,arm\n{}{}", rows("Treated", first), rows("control", second));
    let got = json_of("welch FILE", &file);
    assert_eq!(keys(&got), ["difference", "se", "df", "lower", "upper", "p"]);
    printed(&got["df"], 17.776, 3);
    printed(&got["p"], 0.07939, 5);
    printed(&got["lower"], -3.365_483_2, 7);
    printed(&got["upper"], 0.205_483_2, 7);
}

#[test]
fn arms_that_cannot_be_compared_are_refused() {
    for (words, file, wanted) in [
        ("welch FILE", "arm,post\ntreated,1\ncontrol,1\ncontrol,2\n", "the treated arm has fewer"),
        ("welch FILE", "arm,post\ntreated,1\ntreated,2\n", "the control arm has fewer"),
        ("welch FILE", "arm,post\ntreated,1\ntreated,1\ncontrol,2\ncontrol,2\n", "nothing varies"),
        ("welch FILE", "arm,post\ntreated,1\nnobody,2\n", "line 3, column arm: nobody is no arm"),
        ("welch FILE", "arm,post\ntreated,one\n", "line 2, column post: one is not a number"),
        ("welch FILE", "arm,post\ntreated,1e300\ntreated,1\ncontrol,1\ncontrol,2\n", "too large"),
        (
            "cuped FILE",
            "arm,pre,post\ntreated,1,1\ntreated,1,2\ncontrol,1,3\ncontrol,1,4\n",
            "nothing to adjust by",
        ),
        ("cuped FILE", "arm,post\ntreated,1\n", "no column pre; the header has: arm, post"),
    ] {
        let said = refused(words, file);
        assert!(said.contains(wanted), "{file:?}: {said}");
    }
}
