// SPDX-License-Identifier: BSD-2-Clause

// Calls probed() on goroutines that grow their stacks, as often as it is told, and says how often.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

var calls int64

// Whose stack must grow enters a function twice: this one needs none.
//
//go:noinline
//go:nosplit
func probed(x int) int {
	return x + 1
}

//go:noinline
func deeper(x int) int {
	var room [64]int

	room[x%64] = x
	atomic.AddInt64(&calls, 1)
	if probed(x) != x+1 {
		panic("wrong")
	}
	if x > 0 {
		return deeper(x-1) + room[x%64] - x
	}
	return 1
}

func main() {
	var n int
	for {
		if got, _ := fmt.Scan(&n); got != 1 {
			return
		}
		var all sync.WaitGroup
		for i := 0; i < n; i++ {
			all.Add(1)
			go func() {
				defer all.Done()
				if deeper(50) != 1 {
					panic("wrong")
				}
			}()
		}
		all.Wait()
		fmt.Println("calls", atomic.LoadInt64(&calls))
	}
}
