//! The methods on given tables by command: the published numbers, the keys, and what is refused.
//!
//! Sources stand beside the numbers; `docs/methods.md` has the formulas. No test here has a database.

mod support;

use serde_json::{Value, json};
use support::Baton;
use support::calc::{calc, json_of, keys, printed, refused};

const ANG: &str = "item,period,f1,f2,f3\n1,1971,1,10,2\n2,1971,4,5,3\n1,1972,4,5,3\n2,1972,5,6,4\n";
const ANG_1973: &str = "1,1973,8,2,4\n2,1973,5,7,5\n";

#[test]
fn lmdi_gives_angs_table_in_the_contracts_keys() {
    // Ang 2005, Energy Policy 33:867, as LMDIR 0.1.14 prints it
    let got = json_of("lmdi FILE", ANG);
    assert_eq!(keys(&got), ["from", "to", "change", "effects", "ratios", "rows"]);
    printed(&got["from"], 80.0, 9);
    printed(&got["change"], 100.0, 9);
    for (factor, effect, ratio) in [
        ("f1", 69.790_065_98, 1.761_117_821),
        ("f2", -9.455_125_793, 0.926_191_306),
        ("f3", 39.665_059_81, 1.379_410_116),
    ] {
        printed(&got["effects"][factor], effect, 8);
        printed(&got["ratios"][factor], ratio, 9);
    }
    assert_eq!(keys(&got["rows"][0]), ["item", "effects"]);
    assert_eq!(got["rows"][0]["item"], "1");
    printed(&got["rows"][0]["effects"]["f2"], -25.237_190_14, 8);
    printed(&got["rows"][1]["effects"]["f3"], 24.902_249_96, 8);
}

#[test]
fn more_than_two_periods_are_chained_only_when_asked() {
    let three = format!("{ANG}{ANG_1973}");
    let said = refused("lmdi FILE", &three);
    assert!(said.contains("3 periods") && said.contains("--chain"), "{said}");
    let got = json_of("lmdi FILE --chain", &three);
    printed(&got["change"], 159.0, 9);
    // LMDIR 0.1.14, its two steps added up and multiplied
    printed(&got["effects"]["f1"], 69.790_065_98 + 42.960_214_67, 7);
    printed(&got["effects"]["f2"], -9.455_125_793 - 34.319_026_56, 7);
    printed(&got["effects"]["f3"], 39.665_059_81 + 50.358_811_9, 7);
    printed(&got["ratios"]["f1"], 1.761_117_821 * 1.229_284_572, 8);
    // Two periods are a chain of one step.
    assert_eq!(json_of("lmdi FILE --chain", ANG), json_of("lmdi FILE", ANG));
    let shapley = refused("shapley FILE --formula sum(f1*f2*f3)", &three);
    assert!(shapley.contains("3 periods") && !shapley.contains("--chain"), "{shapley}");
}

#[test]
fn lmdis_zeros_take_their_limits() {
    // Ang, Zhang and Choi 1998, table 2; a branch that opened: its balance per customer is 0/0 and left empty
    let opened = "item,period,customers,per_customer\na,1,0,\na,2,40,25\nb,1,10,3\nb,2,10,3\n";
    let got = json_of("lmdi FILE", opened);
    assert_eq!(got["effects"], json!({"customers": 1000.0, "per_customer": 0.0}));
    // Without a line all its factors came together.
    let absent = "item,period,f,g\nb,1,1,2\na,2,4,5\nb,2,1,2\n";
    let got = json_of("lmdi FILE", absent);
    assert_eq!(got["effects"], json!({"f": 10.0, "g": 10.0}));
    // From nothing there is no ratio; where nothing moved all are one.
    let got = json_of("lmdi FILE", "item,period,f,g\na,1,0,5\na,2,4,5\n");
    assert_eq!(got["ratios"], json!({"f": null, "g": null}));
    let got = json_of("lmdi FILE", "item,period,f,g\na,1,2,6\na,2,3,4\n");
    printed(&got["change"], 0.0, 12);
    printed(&got["ratios"]["f"], 1.5, 12);
}

#[test]
fn lmdi_refuses_what_it_is_undefined_for() {
    let said = refused("lmdi FILE", "item,period,f,g\na,1,2,3\n\na,2,2,-3.5\n");
    assert!(
        said.contains("line 4, column g: -3.5 is negative") && said.contains("shapley"),
        "{said}"
    );
    let said = refused("lmdi FILE", "item,period,f,g\na,1,2,\na,2,2,3\n");
    assert!(said.contains("line 2, column g: a value is missing"), "{said}");
    let said = refused("lmdi FILE", "item,period\na,1\na,2\n");
    assert!(said.contains("no factor"), "{said}");
    let said = refused("lmdi FILE", "item,period,f,g\na,1,1e200,1e200\na,2,1,1\n");
    assert!(said.contains("too large"), "{said}");
}

#[test]
fn what_no_method_can_read_is_refused_with_its_place() {
    for (file, wanted) in [
        ("item,period,f\na,1,2\n", "one period (1)"),
        ("item,period,f\na,1,2\na,2,x\n", "line 3, column f: x is not a number"),
        ("item,period,f\na,1,2\na,2,nan\n", "line 3, column f: nan is not a number"),
        ("item,period,f\na,1,inf\na,2,2\n", "line 2, column f: inf is not a number"),
        ("item,period,f\na,1,1\na,1,2\na,2,2\n", "line 3: a, 1 stands twice, first in line 2"),
        ("item,period,f\na,1,1\na,2,2,3\n", "line 3: 4 values, but the header has 3"),
        ("item,period,f\na,,1\na,2,2\n", "line 2, column period: a value is missing"),
        ("item,when,f\na,1,1\n", "no column period; the header has: item, when, f"),
        ("item,period,f,f\na,1,1,1\n", "the column f stands twice"),
        ("item,period,f\n", "a header but no rows"),
        ("", "empty"),
    ] {
        let said = refused("lmdi FILE", file);
        assert!(said.contains(wanted), "{file:?}: {said}");
    }
    let said = Baton::bare().args(["calc", "lmdi", "no/such.csv"]).refused();
    assert!(said.contains("no/such.csv cannot be read"), "{said}");
    let said = Baton::bare().args(["--lang", "zh-CN", "calc", "lmdi", "no/such.csv"]).refused();
    assert!(said.contains("无法读取 no/such.csv"), "{said}");
}

#[test]
fn a_file_is_read_however_a_spreadsheet_saved_it() {
    let plain = json_of("lmdi FILE", ANG);
    let marked = format!("\u{feff}{}", ANG.replace('\n', "\r\n"));
    assert_eq!(json_of("lmdi FILE", &marked), plain);
    let spaced = ANG.replace("1,1972", "\n\"1\", 1972 ").replace("item", "\"Item\"");
    assert_eq!(json_of("lmdi FILE", &format!("{spaced},,,,\n\n")), plain);
    let turned = "f3,period,f2,item,f1\n2,1971,10,1,1\n3,1971,5,2,4\n3,1972,5,1,4\n4,1972,6,2,5\n";
    let got = json_of("lmdi FILE", turned);
    printed(&got["effects"]["f1"], 69.790_065_98, 8);
}

#[test]
fn shapley_gives_das_guptas_examples() {
    // Das Gupta 1993, US Census P23-186, examples 2.2, 3.1 and 4.3
    let file = "item,period,a,b,c\nx,0,51.78746,.45919,.52638\nx,1,84.90502,.75756,.51065\n";
    let got = json_of("shapley FILE --formula a*b*c", file);
    assert_eq!(keys(&got), ["from", "to", "change", "effects"]);
    printed(&got["from"], 12.51747, 5);
    printed(&got["to"], 32.84534, 5);
    printed(&got["effects"]["a"], 10.434_033_3, 7);
    printed(&got["effects"]["b"], 10.560_847_6, 7);
    printed(&got["effects"]["c"], -0.667_008_4, 7);
    let file = "item,period,b,a\nx,0,10.8,19.4\nx,1,9.5,23.7\n";
    let got = json_of("shapley FILE --formula a-b", file);
    printed(&got["effects"]["a"], 4.3, 1);
    printed(&got["effects"]["b"], 1.3, 1);
    let got = json_of("shapley FILE --formula sum(bm*mw*wp)", &das_gupta_4_3());
    printed(&got["from"], 38.77463, 5);
    printed(&got["to"], 27.20318, 5);
    printed(&got["effects"]["bm"], -7.285_632, 6);
    printed(&got["effects"]["mw"], -2.720_633, 6);
    printed(&got["effects"]["wp"], -1.565_181, 6);
}

fn das_gupta_4_3() -> String {
    let rows = [
        ("393,.122,.043", "488,.082,.058"),
        ("407,.622,.041", "452,.527,.038"),
        ("369,.903,.036", "338,.866,.032"),
        ("274,.930,.032", "156,.941,.030"),
        ("184,.916,.026", "63,.942,.026"),
        ("90,.873,.020", "22,.923,.023"),
        ("16,.800,.018", "3,.876,.019"),
    ];
    let lines = rows.iter().enumerate().map(|(i, (a, b))| format!("g{i},0,{a}\ng{i},1,{b}\n"));
    format!("item,period,bm,mw,wp\n{}", lines.collect::<String>())
}

#[test]
fn shapley_takes_a_quotient_of_sums() {
    let file = "item,period,a,b,c,d\nx,0,2,.5,3,1\ny,0,1,.25,2,4\nx,1,3,.6,2,2\ny,1,2,.2,5,3\n";
    let (_dir, run) = calc("shapley FILE --formula", file);
    let got = run.args(["sum(a*b*c) / (sum(a*b*c) + sum(a*(1-b)*d))"]).json();
    printed(&got["from"], 3.5 / 7.5, 12);
    printed(&got["to"], 5.6 / 12.8, 12);
    let effects = got["effects"].as_object().unwrap();
    assert_eq!(effects.len(), 4);
    let sum: f64 = effects.values().map(|effect| effect.as_f64().unwrap()).sum();
    printed(&json!(sum), 5.6 / 12.8 - 3.5 / 7.5, 12);
    // A factor outside every sum is one number, which the lines repeat.
    let file = "item,period,n,w\nx,0,2,3\ny,0,2,4\nx,1,3,3\ny,1,3,4\n";
    let got = json_of("shapley FILE --formula n*sum(w)", file);
    assert_eq!(got["effects"], json!({"n": 7.0, "w": 0.0}));
}

#[test]
fn shapley_compares_the_same_items() {
    let file = "item,period,a\nx,0,2\ny,0,3\nx,1,4\nz,1,5\n";
    let said = refused("shapley FILE --formula sum(a)", file);
    assert!(said.contains("line 3: y stands in period 0 alone"), "{said}");
    let told = format!("{file}y,1,0\nz,0,0\n");
    assert_eq!(json_of("shapley FILE --formula sum(a)", &told)["change"], 4.0);
}

#[test]
fn shapley_refuses_what_it_cannot_read_or_divide() {
    let file = "item,period,a,b\nx,0,1,2\ny,0,3,0\nx,1,5,1\ny,1,7,1\n";
    for (formula, wanted) in [
        ("sum(a*)", "has ) at character 7"),
        ("sum(a*b", "ends where"),
        ("sum(a^b)", "has ^ at character 6"),
        ("1.2.3*sum(a)", "has 1.2.3 at character 1"),
        ("3", "names no column"),
        ("sum(a*z)", "no column z; the header has: item, period, a, b"),
        ("a*b", "the factor a has several values"),
        ("sum(a/b)", "in period 0 the formula divides by zero for y"),
        ("sum(a)/(sum(b)-2)", "in period 0 the formula divides by zero,"),
        ("1/(sum(a*b)-10)", "with a of period 1 and the other factors of period 0 "),
    ] {
        let said = refused(&format!("shapley FILE --formula {formula}"), file);
        assert!(said.contains(wanted), "{formula}: {said}");
    }
    let names: Vec<String> = (0..17).map(|i| format!("f{i}")).collect();
    let ones = vec!["1"; 17].join(",");
    let file = format!("item,period,{}\nx,0,{ones}\nx,1,{ones}\n", names.join(","));
    let said = refused(&format!("shapley FILE --formula {}", names.join("+")), &file);
    assert!(said.contains("17 factors") && said.contains("16"), "{said}");
    let deep = format!("{}a{}", "(".repeat(99), ")".repeat(99));
    let said = refused(&format!("shapley FILE --formula {deep}"), "item,period,a\nx,0,1\nx,1,2\n");
    assert!(said.contains("parentheses"), "{said}");
    let file = "item,period,a\nx,0,1e300\nx,1,1\n";
    let said = refused("shapley FILE --formula a*a", file);
    assert!(said.contains("in period 0") && said.contains("range"), "{said}");
    let said = refused("shapley FILE --formula sum(a)", "item,period,a\nx,0,\nx,1,1\n");
    assert!(said.contains("line 2, column a: a value is missing"), "{said}");
}

#[test]
fn mix_and_rate_give_das_guptas_example_and_flag_charigs_reversal() {
    // Das Gupta 1993, US Census P23-186, example 5.1
    let size0 = [12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9];
    let size1 = [10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5];
    let rate0 = [1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8];
    let rate1 = [2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2];
    let line =
        |i: usize| format!("g{i},0,{},{}\ng{i},1,{},{}\n", size0[i], rate0[i], size1[i], rate1[i]);
    let file = format!("item,period,size,rate\n{}", (0..13).map(line).collect::<String>());
    let got = json_of("mix-rate FILE", &file);
    assert_eq!(keys(&got), ["from", "to", "change", "mix", "rate", "reversal", "rows"]);
    printed(&got["from"], 44.7268, 4);
    printed(&got["to"], 47.6940, 4);
    printed(&got["change"], 2.9672, 4);
    printed(&got["mix"], 1.2269, 4);
    printed(&got["rate"], 1.7403, 4);
    assert_eq!(got["reversal"], false);
    assert_eq!(keys(&got["rows"][0]), ["item", "mix", "rate"]);

    // Charig et al. 1986, British Medical Journal 292:879-882
    let share = [81.0 / 87.0, 192.0 / 263.0, 234.0 / 270.0, 55.0 / 80.0];
    let file = format!(
        "item,period,size,rate\nsmall,A,87,{}\nlarge,A,263,{}\nsmall,B,270,{}\nlarge,B,80,{}\n",
        share[0], share[1], share[2], share[3]
    );
    let got = json_of("mix-rate FILE", &file);
    printed(&got["change"], 0.045_714_3, 7);
    printed(&got["mix"], 0.099_385_5, 7);
    printed(&got["rate"], -0.053_671_2, 7);
    assert_eq!(got["reversal"], true);
    let (_dir, run) = calc("mix-rate FILE", &file);
    let said = String::from_utf8(run.run().stderr).unwrap();
    assert!(said.contains("Simpson reversal"), "{said}");
}

#[test]
fn ratios_refuse_what_has_none() {
    for (words, file, wanted) in [
        (
            "mix-rate FILE",
            "item,period,size,rate\na,0,-1,.5\na,1,1,.5\n",
            "line 2, column size: -1 is negative",
        ),
        (
            "mix-rate FILE",
            "item,period,size,rate\na,0,0,\na,1,1,.5\n",
            "the earlier period are zero",
        ),
        ("mix-rate FILE", "item,period,size,rate\na,0,1,.5\na,1,0,\n", "the later period are zero"),
        (
            "mix-rate FILE",
            "item,period,size,rate\na,0,1,\na,1,1,.5\n",
            "line 2, column rate: a value is missing",
        ),
        ("mix-rate FILE", "item,period,size\na,0,1\n", "no column rate"),
        (
            "mix-rate FILE",
            "item,period,size,rate\na,0,1,1\na,1,1,1\na,2,1,1\n",
            "3 periods (0, 1, 2)",
        ),
        ("price-volume FILE", "item,period,price,quantity\na,0,5,0\na,1,5,1\n", "no average price"),
        (
            "price-volume FILE",
            "item,period,price,quantity\na,0,5,1\na,1,-5,1\n",
            "line 3, column price: -5 is negative",
        ),
        (
            "price-volume FILE",
            "item,period,price,quantity\na,0,5,-1\na,1,5,1\n",
            "line 2, column quantity: -1 is negative",
        ),
        (
            "price-volume FILE",
            "item,period,price,quantity\na,0,,2\na,1,5,1\n",
            "line 2, column price: a value is missing",
        ),
        (
            "price-volume FILE",
            "item,period,price,quantity\na,0,1e200,1e200\na,1,5,1\n",
            "too large",
        ),
    ] {
        let said = refused(words, file);
        assert!(said.contains(wanted), "{file:?}: {said}");
    }
}

#[test]
fn price_volume_and_mix_are_told_apart() {
    let file = "item,period,price,quantity\na,0,50,1000\na,1,52,1100\n";
    let got = json_of("price-volume FILE", file);
    let want = json!({"change": 7200.0, "price": 2200.0, "volume": 5000.0, "mix": 0.0});
    assert_eq!(got, want);
    let file = "item,period,price,quantity\na,0,10,100\nb,1,30,50\nc,0,40,50\na,1,10,100\n";
    let got = json_of("price-volume FILE", file);
    assert_eq!(got["mix"], -500.0, "one that is new and one that is gone: {got}");
}

const REVENUE: &str = "dimension,element,forecast,actual\ncentre,x,94,47\ncentre,y,6,3\n\
    advertiser,a1,50,24\nadvertiser,a2,20,21\nadvertiser,a3,20,4\nadvertiser,a4,10,1\n";

#[test]
fn adtributor_ranks_what_surprises_most_first() {
    // Bhagwan et al. 2014, NSDI, sections 4.1 to 4.3
    let got = json_of("adtributor FILE", REVENUE);
    assert_eq!(keys(&got[0]), ["dimension", "surprise", "elements"]);
    assert_eq!(got[0]["dimension"], "advertiser");
    assert_eq!(keys(&got[0]["elements"][0]), ["element", "ep", "surprise"]);
    let names: Vec<&Value> =
        got[0]["elements"].as_array().unwrap().iter().map(|e| &e["element"]).collect();
    assert_eq!(names, ["a4", "a3", "a1"]);
    printed(&got[0]["elements"][2]["ep"], 0.52, 12);
    assert_eq!(got[1]["dimension"], "centre");
    printed(&got[1]["surprise"], 0.0, 12);
    let got = json_of("adtributor FILE --tep 0.95 --teep 0.1", REVENUE);
    assert_eq!(got.as_array().unwrap().len(), 1, "the centres explain 94 %: {got}");
    let got = json_of("adtributor FILE --tep 1 --teep 0.6", REVENUE);
    assert_eq!(got, json!([]));
}

#[test]
fn adtributor_refuses_what_cannot_be_explained() {
    let head = "dimension,element,forecast,actual\n";
    for (rows, wanted) in [
        ("d,a,5,3\nd,b,3,5\n", "d: actual and forecast sum to the same"),
        ("d,a,5,0\n", "d: forecast or actual sum to zero"),
        ("d,a,-5,0\n", "line 2, column forecast: -5 is negative"),
        ("d,a,5,1\nd,a,5,2\n", "line 3: d, a stands twice, first in line 2"),
        ("d,a,1.7e308,1\nd,b,1.7e308,1\n", "d: the numbers are too large"),
        ("d,a,5,\n", "line 2, column actual: a value is missing"),
    ] {
        let said = refused("adtributor FILE", &format!("{head}{rows}"));
        assert!(said.contains(wanted), "{rows:?}: {said}");
    }
    let said = refused("adtributor FILE --tep 1.5", REVENUE);
    assert!(said.contains("--tep must lie between 0 and 1"), "{said}");
    let (_dir, run) = calc("adtributor FILE", &format!("{REVENUE}browser,ie,50,30\n"));
    let said = String::from_utf8(run.run().stderr).unwrap();
    assert!(said.contains("browser sums to 50 and 30, centre to 100 and 50"), "{said}");
}

#[test]
fn results_are_tables_for_people_and_whole_numbers_for_programs() {
    let (_dir, run) = calc("lmdi FILE --format csv", ANG);
    let out = String::from_utf8(run.run().stdout).unwrap();
    assert!(out.starts_with("item,factor,effect,share,ratio\n,f1,69.79006597895834,"), "{out}");
    let (_dir, run) = calc("srm 4072 2035 --planned 80:20 --format csv", "");
    let out = String::from_utf8(run.run().stdout).unwrap();
    assert!(out.starts_with("chi2,p\n677.44") && out.ends_with("e-149\n"), "{out}");
    let (_dir, run) = calc("srm 4072 2035 --planned 80:20", "");
    let out = String::from_utf8(run.run().stdout).unwrap();
    assert!(out.contains("677.4449") && out.contains("2.4020e-149"), "{out}");
    let (_dir, run) = calc("lmdi FILE --lang zh-CN", ANG);
    let output = run.run();
    let (out, said) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(out.contains("合计变化") && said.contains("直接两期"), "{out}{said}");
}

#[test]
fn mix_and_rate_of_an_item_that_was_not_there_is_mix() {
    let file = "item,period,size,rate\nold,1,100,0.5\nold,2,100,0.5\nnew,1,0,0\nnew,2,100,0.9\n";
    let written = json_of("mix-rate FILE", file);
    let blank = json_of("mix-rate FILE", &file.replace("new,1,0,0", "new,1,0,"));
    assert_eq!(written, blank);
    printed(&written["mix"], 0.2, 12);
    printed(&written["rate"], 0.0, 12);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test makes a file that is only long")]
fn what_may_never_end_is_not_read() {
    for path in ["/dev/zero", "/"] {
        let said = refused(&format!("lmdi {path}"), ANG);
        assert!(said.contains("is no file"), "{said}");
    }
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("large.csv");
    // Its length alone: nothing of it is written.
    std::fs::File::create(&path).expect("a file").set_len(2 << 30).expect("a length");
    let said = refused(&format!("lmdi {}", path.display()), ANG);
    assert!(said.contains("larger than any sheet"), "{said}");
}

#[test]
fn lmdis_effects_add_up_to_a_tiny_change_of_large_totals() {
    let one = "item,period,a,b\nx,1,123456.789,7\nx,2,123456.79023456789,6.999999976666666667\n";
    let two = "item,period,a,b\nx,1,1000000,3\ny,1,1000000,5\nx,2,1000000.001,5\ny,2,1000000,3\n";
    for (file, change) in [(one, 0.005_761_316_791_234_568), (two, 0.005)] {
        let got = json_of("lmdi FILE", file);
        printed(&got["change"], change, 14);
        let effects = got["effects"].as_object().unwrap();
        printed(&json!(effects.values().map(|e| e.as_f64().unwrap()).sum::<f64>()), change, 9);
    }
}
