;;! test = "lower"
;; Locals start as zero, in one op, besides the two slots of the frame header.

(module
  (func $none (param i32 i32))
  (func $three (param i32) (local i32 i64 f64))
  (func $results (result i32 i32 i32) (local i32) (i32.const 1) (i32.const 2) (i32.const 3)))
