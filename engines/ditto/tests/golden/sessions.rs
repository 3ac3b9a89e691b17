//! What the sessions refuse: another network, a provider that is not there.

use engine_ditto::networks::{DECODER, LANDMARK106, LANDMARK203, STITCH, Spec};
use engine_onnx::{Input, Network, Options, Provider};

use crate::reference::SET;
use crate::runtime::{network, runtime};

fn load(file: &Spec, wanted: &Spec, options: Options) -> Option<Result<Network, String>> {
    let path = file.path(&SET.path("models"));
    Some(Network::load(runtime()?, &path, wanted.signature, &options).map_err(|error| error.to_string()))
}

#[test]
fn another_network_is_refused_with_all_that_differs() {
    let Some(loaded) = load(&LANDMARK106, &LANDMARK203, Options::default()) else { return };
    let error = loaded.err().expect("a network of 106 points is none of 203");
    assert!(error.contains("landmark106.onnx is not the expected network"), "{error}");
    assert!(error.contains(r#"there is no input "input" among ["data"]"#), "{error}");
    assert!(error.contains(r#"it has an input "data" too"#), "{error}");
    // By its place the output could be meant, but it has too few values.
    assert!(error.contains(r#"output "landmarks" is"#) && error.contains("with 406 values"), "{error}");
}

#[test]
fn a_missing_provider_is_an_error_unless_another_one_may_stand_in() {
    // A number that no machine's GPU has.
    let nowhere = Provider::Cuda(99);
    let on = |providers: &[Provider]| Options { providers: providers.to_vec(), ..Options::default() };
    let Some(loaded) = load(&STITCH, &STITCH, on(&[nowhere])) else { return };
    let error = loaded.err().expect("there is no such GPU");
    assert!(error.contains("on CUDA"), "{error}");
    let providers = [Provider::TensorRt(99), nowhere, Provider::Cpu];
    let network = load(&STITCH, &STITCH, on(&providers)).expect("the runtime is there").expect("the CPU stands in");
    assert_eq!(network.provider(), Provider::Cpu);
    let passed_over: Vec<Provider> = network.passed_over().iter().map(|passed| passed.provider).collect();
    assert_eq!(passed_over, providers[..2]);
    assert!(network.passed_over()[1].reason.contains("on CUDA"), "{:?}", network.passed_over());
}

#[test]
fn inputs_of_another_shape_are_errors() {
    let Some(mut decoder) = network(&DECODER) else { return };
    let error = decoder.run(&[Input::F32(&[1, 2, 2], &[0.0; 4])]).err().expect("it is refused").to_string();
    assert!(error.starts_with("the network decoder failed"), "{error}");
    assert!(decoder.run(&[]).err().expect("it is refused").to_string().contains("takes 1 inputs, not 0"));
}
