;;! test = "verify"
;; The memory is the module's own.

(module
  (import "env" "memory" (memory 1)))

(module
  (memory (export "memory") 1))
