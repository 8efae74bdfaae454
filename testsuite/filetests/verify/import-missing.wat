;;! test = "verify"
;; The host has every import; all that are missing are listed.

(module ;; error: W0301 the host has no function `env.clack` () -> i64 ;; error: W0301 the host has no function `wasi.exit` (i32)
  (import "env" "clack" (func (result i64)))
  (import "wasi" "exit" (func (param i32))))

(module
  (import "env" "clock" (func (result i64))))
