use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    common: Common,
}

fn read(yaml: &str, flags: &[&str]) -> anyhow::Result<Job> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.yaml");
    std::fs::write(&file, yaml).unwrap();
    let line = [&["job", file.to_str().unwrap()], flags].concat();
    Job::read(&Line::try_parse_from(line).unwrap().common)
}

const SHOP: &str = "
name: shop
jar: callweave.jar
flink: http://localhost:8081/
parallelism: 3
savepoints: file:///savepoints
options: {bootstrap: 'kafka:9092', max-links: 5, pass-through: true}
";

#[test]
fn options_become_arguments_by_the_jobs_names() {
    let job = read(SHOP, &[]).unwrap();
    let expected = [
        "--bootstrap=kafka:9092",
        "--max-links=5",
        "--pass-through=on",
        "--job-name=shop",
        "--parallelism=3",
    ];
    assert_eq!(job.arguments(job.parallelism), expected);
    assert_eq!(job.address.url, "http://localhost:8081");
    assert!(job.jar.unwrap().is_absolute(), "from the folder of the file");
}

#[test]
fn flags_go_before_the_file() {
    let flags = ["--name=mall", "--flink=http://other:1", "--option=max-links=7", "--jar=other.jar"];
    let job = read(SHOP, &flags).unwrap();
    assert_eq!((&*job.name, &*job.address.url), ("mall", "http://other:1"));
    assert_eq!((job.options["max-links"].as_str(), job.jar.unwrap()), ("7", PathBuf::from("other.jar")));
}

#[test]
fn what_is_wrong_is_told_in_one_line_before_anything_is_sent() {
    for (yaml, expected) in [
        ("name: a", "flink is missing"),
        ("flink: localhost:8081", "a URL as http://localhost:8081 is wanted"),
        ("flink: 'http://me:hunter2@localhost'", "user and password-file say them"),
        ("flink: 'http://a'\nuser: me", "user and password-file go together"),
        ("flink: 'http://a'\noptions: {max-link: 5}", "max-links may be meant"),
        ("flink: 'http://a'\noptions: {max-links: 0}", "max-links is '0'; an integer from 1 to 100000"),
        ("flink: 'http://a'\noptions: {parallelism: 2}", "parallelism is no option here"),
        ("flink: 'http://a'\nparallelism: 1000", "parallelism is '1000'"),
        ("flink: 'http://a'\nname: ''", "job-name is ''"),
        ("flink: 'http://a'\njars: x", "jars"),
    ] {
        let error = read(yaml, &[]).unwrap_err();
        let line = format!("{error:#}");
        assert!(line.contains(expected) && !line.contains('\n'), "{yaml}: {line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}
