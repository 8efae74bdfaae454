;;! test = "lower"
;; Results stand at the window; more of them are used where they are.

(module
  (import "env" "host" (func $host (param i32) (result i64)))
  (func $pair (param i32) (result i32 i32) (local.get 0) (local.get 0))
  (func $sub (param i32) (result i32) (call $pair (local.get 0)) (i32.sub))
  (func $pass (param i32) (result i32 i32) (call $pair (local.get 0)))
  (func $into_local (param i32) (local i32)
    (local.set 1 (call $sub (local.get 0))))
  (func $import (result i64) (i64.add (call $host (i32.const 5)) (i64.const 1))))
