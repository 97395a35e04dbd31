# frozen_string_literal: true

# For tests, with `ruby -r`: stops the clock, so that the vectors' signatures do not grow old.
now = Time.at(Integer(ENV.fetch('FIXED_NOW_SECONDS')))
Time.define_singleton_method(:now) { now }
