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

;;= invoke "unreachable" => 
;;= invoke "load" 65532 => 
;;= invoke "load" 65533 => 
;;= invoke "load" -1 => 
;;= invoke "load_far" 1 => 
;;= invoke "fill" 65536 0 => 
;;= invoke "fill" 65536 1 => 
;;= invoke "div" 7 -2 => 
;;= invoke "div" 1 0 => 
;;= invoke "div" -2147483648 -1 => 
;;= invoke "trunc" -1.9 => 
;;= invoke "trunc" 1e10 => 
;;= invoke "trunc" nan => 
;;= invoke "call" 0 => 
;;= invoke "call" 1 => 
;;= invoke "call" 2 => 
;;= invoke "call" 3 => 
;;= invoke "deep" 0 => 
