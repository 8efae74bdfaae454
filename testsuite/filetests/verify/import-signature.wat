;;! test = "verify"
;; An import has the signature of the host.

(module ;; error: W0302 `env.log` is imported as (i32) -> i32, the host has it as (i32, i32)
  (import "env" "log" (func (param i32) (result i32))))

(module
  (import "env" "log" (func (param i32 i32))))
