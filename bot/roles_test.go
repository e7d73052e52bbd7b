package bot

import "testing"

func TestRights(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		role                                Role
		sales, account, leave, people, kick bool
		removable                           bool
	}{
		{Owner, true, true, true, true, true, false},
		{Manager, true, true, true, false, false, true},
		{Clerk, true, false, true, false, false, true},
		{"", true, false, true, false, false, true},
		{"boss", true, false, true, false, false, true},
	} {
		got := []bool{c.role.May(SeeSales), c.role.May(SeeAccount), c.role.May(LeaveShop), c.role.May(SeePeople), c.role.May(RemovePeople), c.role.Removable()}
		want := []bool{c.sales, c.account, c.leave, c.people, c.kick, c.removable}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q, right %d: %t", c.role, i, got[i])
			}
		}
		if c.role.May("fly") {
			t.Errorf("%q may anything", c.role)
		}
	}
}
