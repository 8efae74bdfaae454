;;! test = "lower"
;; Three operands side by side, consumed; and the ops of the memory itself.

(module
  (memory 1)
  (data $d "abc")
  (func $copy (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func $fill (param i32) (memory.fill (local.get 0) (i32.const 0) (i32.const 64)))
  (func $in_place (param i32)
    (memory.fill (i32.add (local.get 0) (i32.const 8)) (i32.const 0) (i32.const 64)))
  (func $init (param i32) (memory.init $d (local.get 0) (i32.const 0) (i32.const 3)) (data.drop $d))
  (func $grow (param i32) (result i32) (i32.add (memory.grow (local.get 0)) (memory.size))))
