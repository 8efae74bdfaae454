;;! test = "verify"
;; Globals are the module's own.

(module
  (import "env" "base" (global i32)))

(module
  (global (export "base") i32 (i32.const 0)))
