;;! test = "exec"
;; What traps, and with which words.

(module
  (memory 1)
  (table 3 funcref)
  (elem (i32.const 0) $f $g)
  (func $f)
  (func $g (result i32) (i32.const 1))
  (func (export "unreachable") (unreachable))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "load_far") (param i32) (result i32) (i32.load8_u offset=0xffffffff (local.get 0)))
  (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 1) (local.get 1)))
  (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "trunc") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (export "call") (param i32) (call_indirect (local.get 0)))
  (func $deep (export "deep") (param i32) (call $deep (local.get 0))))

;;= invoke "unreachable" => trap unreachable
;;= invoke "load" 65532 => 0
;;= invoke "load" 65533 => trap out of bounds memory access
;;= invoke "load" -1 => trap out of bounds memory access
;;= invoke "load_far" 1 => trap out of bounds memory access
;;= invoke "fill" 65536 0 =>
;;= invoke "fill" 65536 1 => trap out of bounds memory access
;;= invoke "div" 7 -2 => -3
;;= invoke "div" 1 0 => trap integer divide by zero
;;= invoke "div" -2147483648 -1 => trap integer overflow
;;= invoke "trunc" -1.9 => -1
;;= invoke "trunc" 1e10 => trap integer overflow
;;= invoke "trunc" nan => trap invalid conversion to integer
;;= invoke "call" 0 =>
;;= invoke "call" 1 => trap indirect call type mismatch
;;= invoke "call" 2 => trap uninitialized element
;;= invoke "call" 3 => trap undefined element
;;= invoke "deep" 0 => trap call stack exhausted
