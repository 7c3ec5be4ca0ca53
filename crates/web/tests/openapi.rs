//! The description of the API: a change of it is a decision, so it shows in a review.

#[test]
fn the_description_is_as_it_was_decided() {
    insta::assert_json_snapshot!(web::document());
}
