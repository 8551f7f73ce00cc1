//! Places in a config.

/// Whether a path has the steps of a pattern, in which `*` stands for any.
pub fn fits<S: AsRef<str>>(pattern: &str, place: &[S]) -> bool {
    let mut steps = pattern.split('.').filter(|step| !step.is_empty());
    place.iter().all(|step| steps.next().is_some_and(|wanted| wanted == "*" || wanted == step.as_ref()))
        && steps.next().is_none()
}
