package understand
import ("testing";"fmt";"strings")
func TestSize(t *testing.T){
 for _,l:=range lexicon { for _,p:=range strings.Fields(l.patterns){ n:=len(expand(strings.TrimPrefix(p,"!"))); if n>700 { fmt.Println(l.tag,n,p) } } }
}
