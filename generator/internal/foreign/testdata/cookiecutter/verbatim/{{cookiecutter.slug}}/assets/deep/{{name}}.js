const a = {{ b }};
