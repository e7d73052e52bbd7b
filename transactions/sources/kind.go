package sources

import "reflect"

// Kind is one kind of connector as the configuration names it. Settings is a
// struct with yaml tags; what lies in an entry of ledger.sources beside the
// settings of every source (Route, Limits) goes there. Tags on text fields:
//
//	secret:"yes"  masked wherever settings are printed; KEY_file and KEY_env
//	              are accepted in its place
//	file:"yes"    not secret, KEY_file is accepted (public keys)
type Kind struct {
	// Name as in kind: NAME; also the Source of the rows, by which response
	// codes are explained.
	Name     string
	settings reflect.Type
	defaults any
	check    func(settings any) []error
	build    func(settings any, d Deps) (Connector, error)
}

// NewKind describes a kind. defaults are the settings of an empty entry. check
// names everything wrong with the settings, each "key: what to write instead"
// without the place of the entry; build is only called after check found
// nothing.
func NewKind[T any](name string, defaults T, check func(T) []error, build func(T, Deps) (Connector, error)) Kind {
	return Kind{
		Name: name, settings: reflect.TypeFor[T](), defaults: defaults,
		check: func(s any) []error { return check(s.(T)) },                       //nolint:forcetypeassert // made by New
		build: func(s any, d Deps) (Connector, error) { return build(s.(T), d) }, //nolint:forcetypeassert // made by New
	}
}

// Type of the settings.
func (k Kind) Type() reflect.Type { return k.settings }

// New is a pointer to settings with their defaults, to decode into.
func (k Kind) New() any {
	p := reflect.New(k.settings)
	p.Elem().Set(reflect.ValueOf(k.defaults))
	return p.Interface()
}

// Check names what is wrong with settings made by New.
func (k Kind) Check(settings any) []error {
	return k.check(reflect.ValueOf(settings).Elem().Interface())
}

// Build makes the connector of settings made by New.
func (k Kind) Build(settings any, d Deps) (Connector, error) {
	return k.build(reflect.ValueOf(settings).Elem().Interface(), d)
}
