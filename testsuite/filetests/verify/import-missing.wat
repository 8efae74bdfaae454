;;! test = "verify"
;; The host has every import; all that are missing are listed.

(module
  (import "env" "clack" (func (result i64)))
  (import "wasi" "exit" (func (param i32))))

(module
  (import "env" "clock" (func (result i64))))
